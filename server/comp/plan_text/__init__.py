"""Edits to the text of a plan that leave everything else as it was written."""
