"""Puts htmx and its SSE extension into static/vendor when Townhall is installed, and checks what it puts there."""

import hashlib
import importlib.metadata
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REVIEWED = {
    "htmx.min.js": (
        "django_htmx/static/django_htmx/htmx-2.min.js",
        "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
    ),
    "sse.min.js": (
        "django_htmx/static/django_htmx/ext/hx-sse-2.min.js",
        "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
    ),
}
"""Each file's place in the django-htmx wheel, and the SHA-256 sum of the content that was reviewed."""


class VendorHook(BuildHookInterface[Any]):
    """Copies the browser code that the build requirement carries; nothing of it is kept in the repository."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Copy the files and refuse any that is not the one that was reviewed."""
        del version, build_data
        target = Path(self.root) / "static" / "vendor"
        target.mkdir(parents=True, exist_ok=True)
        package = importlib.metadata.distribution("django-htmx")
        for name, (source, reviewed) in REVIEWED.items():
            found = Path(str(package.locate_file(source)))
            digest = hashlib.sha256(found.read_bytes()).hexdigest()
            if digest != reviewed:
                message = f"{name} is not the reviewed file: its SHA-256 is {digest}, expected {reviewed}."
                raise RuntimeError(message)
            shutil.copyfile(found, target / name)
