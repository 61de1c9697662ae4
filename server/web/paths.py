"""Where templates, static files and the sample company lie: beside the package, or inside an installed one."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def data_folder(name: str) -> Path:
    """Return the folder of templates, static or seed."""
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
