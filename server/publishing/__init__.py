"""Publishing a version and everything that depends on it, scheduled drafts, and the stages of a redesign."""
