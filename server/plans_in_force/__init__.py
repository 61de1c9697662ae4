"""The plans that pay people now: from which day, for whom, and which of them pays a person."""
