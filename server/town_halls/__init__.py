"""Town halls: the meeting a redesign starts from, its notes, and the questions with their answers."""
