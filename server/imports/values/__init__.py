"""Numbers and days as files write them; how they are read is decided by all cells of a file, never by one."""
