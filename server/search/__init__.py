"""Finding: one index of all that everybody signed in may read, fed by the rooms in the transactions that change it."""
