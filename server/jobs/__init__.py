"""Work that nobody waits for: rows in the rooms' own tables say what is due, the worker does it."""
