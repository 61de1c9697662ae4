"""`townhall export`: a proposal or page as one zip file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from server.archives.queries import load_document
from server.archives.write import write_archive
from server.audit.service import record
from server.cli.database import fail, load_settings, open_database
from server.documents import queries as document_queries
from server.documents.models import DocumentKind
from server.exports.files import as_archive, as_workbook
from server.exports.tables import all_tables
from server.web.templating import Templates


def export(
    address: Annotated[str, typer.Argument(help="proposals/SLUG or pages/SLUG, as in its URL, or data")],
    file: Annotated[Path, typer.Argument(help="the zip file or workbook to write", dir_okay=False)],
) -> None:
    """Export a proposal or page with its history and discussion to a zip file, or the company's data.

    The address “data” exports people, customers, products and deals, to a workbook if the file's name ends in .xlsx.
    """
    if address == "data":
        with open_database() as data:
            with data.reading() as session:
                tables = all_tables(session)
            with data.writing() as session:
                record(session, "data exported", None, file.name)
                session.commit()
        _write(file, as_workbook(tables) if file.suffix.casefold() == ".xlsx" else as_archive(tables))
        return
    path, _, slug = address.strip("/").rpartition("/")
    kind = DocumentKind.page if path.endswith("pages") else DocumentKind.proposal
    templates = Templates(load_settings())

    def render(name: str, context: Mapping[str, Any]) -> str:
        return templates.environment.get_template(name).render(**context)

    with open_database() as data, data.reading() as session:
        document = document_queries.by_slug(session, slug, kind)
        if document is None or not document.current:
            fail(f"nothing is published at {kind.list_url}/{slug}.")
        content = write_archive(load_document(session, document), render)
    _write(file, content)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file} could not be written: {error.strerror}.")
    print(f"{file}: {len(content):,} bytes")
