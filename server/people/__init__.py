"""People: who they are, what they may do, who leads whom, which level they hold, and how they sign in."""
