"""How many rows a write added, changed and left unchanged."""

from dataclasses import dataclass


@dataclass(slots=True)
class WriteResult:
    """The number of rows added, changed and left unchanged."""

    added: int = 0
    changed: int = 0
    same: int = 0

    def count(self, *, new: bool, differs: bool) -> None:
        """Count one row."""
        if new:
            self.added += 1
        elif differs:
            self.changed += 1
        else:
            self.same += 1
