"""SVG paths."""

from collections.abc import Sequence


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Return the SVG path through points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
