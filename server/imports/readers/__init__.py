"""Readers of each type of import file; a cell that cannot be used becomes a problem of the preview."""
