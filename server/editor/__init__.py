"""The editor: drafts, previews, merging, and candidates as forms."""
