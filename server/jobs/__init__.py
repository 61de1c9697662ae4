"""Work that nobody waits for: rows in the rooms' own tables say what is due, a queue only wakes who does it."""
