"""Uploaded files as tables: what is inside them, their encoding, and where the table begins and ends."""
