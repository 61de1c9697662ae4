"""The folders of templates, static files, sample data and guides, in a checkout or in an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def data_folder(name: str) -> Path:
    """Return the folder `templates`, `static`, `seed` or `docs`."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
