"""Accepting a comment: writing its change into a draft."""
