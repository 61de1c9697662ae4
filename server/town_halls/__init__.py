"""Town halls: the meetings that start a redesign, with their notes, questions and answers."""
