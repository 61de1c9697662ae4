"""Undoing an import exactly, or saying why that is no longer possible."""
