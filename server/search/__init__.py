"""Search: one index of all that every signed-in person may read, updated in the transaction of each change."""
