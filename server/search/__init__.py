"""Search: one index of what every signed-in person may read, updated in the transaction of each change."""
