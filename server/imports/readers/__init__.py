"""Readers of each kind of import file."""
