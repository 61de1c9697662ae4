"""Edits of a plan's text that leave everything else as it was written."""
