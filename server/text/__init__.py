"""Text that people write: safe HTML from markdown, the parts of a document, diffs and anchors; pure functions."""
