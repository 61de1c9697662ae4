"""Background tasks: rows in each package's tables say what is due, a queue wakes whoever runs it."""
