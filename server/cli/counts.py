"""Counts in what commands print; commands speak English only."""


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, such as “1 row” or “2 rows”."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
