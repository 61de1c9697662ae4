"""Static files: addressed by a hash of their content, so that browsers may keep them for good."""

import hashlib
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.web.places import folder


@lru_cache(maxsize=256)
def address(name: str) -> str:
    """Return the address of a static file; raises FileNotFoundError with what to do about browser code."""
    path = folder("static") / name
    if not path.is_file():
        hint = " Install Townhall with pip, which puts it there." if name.startswith("vendor/") else ""
        raise FileNotFoundError(f"static/{name} is missing.{hint}")
    return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


class Assets(StaticFiles):
    """Serves the folder; an address with the hash may be kept for a year, one without must be asked for again."""

    def __init__(self) -> None:
        super().__init__(directory=Path(folder("static")))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a lifetime."""
        response = await super().get_response(path, scope)
        hashed = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response
