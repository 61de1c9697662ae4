"""Acceptance of comments: the change that a comment leads to is written into a draft."""
