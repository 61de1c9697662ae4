"""`townhall export SLUG FILE`: a proposal or page as one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from server.archives.queries import whole
from server.archives.write import written
from server.cli.database import database, fail, settings
from server.documents import queries as document_queries
from server.documents.models import Kind
from server.web.templating import Templates


def export(
    address: Annotated[str, typer.Argument(help="proposals/SLUG or pages/SLUG, as in the address of its page")],
    file: Annotated[Path, typer.Argument(help="the zip to write", dir_okay=False)],
) -> None:
    """Write a proposal or page with its history and discussion into one file."""
    shelf, _, slug = address.strip("/").rpartition("/")
    kind = Kind.page if shelf.endswith("pages") else Kind.proposal
    templates = Templates(settings())

    def render(name: str, context: Mapping[str, Any]) -> str:
        return templates.environment.get_template(name).render(**context)

    with database() as data, data.reading() as session:
        found = document_queries.by_slug(session, slug, kind)
        if found is None or not found.current:
            fail(f"nothing is published at {kind.shelf}/{slug}.")
        content = written(whole(session, found), render)
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.")
    print(f"{file}: {len(content):,} bytes")
