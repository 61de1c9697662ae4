"""Static files: joined into one style sheet and one script, with a hash in the URL for caching."""

import hashlib
from functools import lru_cache
from pathlib import Path

from rjsmin import jsmin
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.web.paths import data_folder

_JOINED = {
    "site.css": (
        "css/tokens.css",
        "css/base.css",
        "css/layout.css",
        "css/parts.css",
        "css/lists.css",
        "css/administration.css",
        "css/proposal.css",
        "css/discussion.css",
        "css/changes.css",
        "css/editor.css",
        "css/margin.css",
        "css/inbox.css",
        "css/charts.css",
        "css/simulator.css",
        "css/statement.css",
    ),
    "site.js": (
        "vendor/htmx.min.js",
        "vendor/sse.min.js",
        "js/stream.js",
        "js/townhall.js",
        "js/unsent.js",
        "js/margin.js",
        "js/live.js",
    ),
}
_TYPES = {"site.css": "text/css; charset=utf-8", "site.js": "text/javascript; charset=utf-8"}


class MissingAssetError(Exception):
    """A static file is missing that every page needs."""


@lru_cache(maxsize=64)
def content(name: str) -> bytes:
    """Return a static file, or the files joined under a name; raises MissingAssetError with how to fix it."""
    parts = []
    for part in _JOINED.get(name, (name,)):
        path = data_folder("static") / part
        if not path.is_file():
            hint = " Install Townhall with pip, which puts it there." if part.startswith("vendor/") else ""
            raise MissingAssetError(f"static/{part} is missing.{hint}")
        file_content = path.read_bytes()
        is_own_script = part.startswith("js/") and name in _JOINED
        parts.append(jsmin(file_content) if is_own_script else file_content)
    return b"\n".join(parts)


@lru_cache(maxsize=64)
def asset_url(name: str) -> str:
    """Return the URL of a static file, with its hash."""
    return f"/static/{name}?v={hashlib.sha256(content(name)).hexdigest()[:12]}"


class Assets(StaticFiles):
    """Serves the static files; a URL with a hash is cached for a year, one without is revalidated."""

    def __init__(self) -> None:
        super().__init__(directory=Path(data_folder("static")))

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file with its cache lifetime."""
        if path in _JOINED:
            response = Response(content(path), media_type=_TYPES[path])
        else:
            response = await super().get_response(path, scope)
        has_hash = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if has_hash else "no-cache"
        return response
