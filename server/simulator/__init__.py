"""A candidate and my own book: what it would have paid, what it could pay, and why."""
