"""What a plan would have paid a rep, what it could pay, and why."""
