"""Background tasks: rows in each package's tables say what is due, and a queue wakes the worker that runs it."""
