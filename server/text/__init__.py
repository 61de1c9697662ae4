"""Text that people write: safe HTML from markdown, parts of documents, diffs and anchors; pure functions."""
