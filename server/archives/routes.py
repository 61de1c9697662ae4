"""The routes that export a proposal or page as an archive, and import one."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from server.archives.queries import load_document
from server.archives.read import read_archive
from server.archives.service import import_archive
from server.archives.write import write_archive
from server.audit.service import record
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS
from server.documents.address import DocumentRefDep
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import message
from server.people.access import Admin, CurrentPerson
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/pages/{slug}/export.zip")
@router.get("/proposals/{slug}/export.zip")
def download_archive(
    document: DocumentRefDep,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
) -> Response:
    """Download the parts that everyone may read: versions, variants and comments."""
    proposal = document_queries.by_slug(session, document.slug, document.kind)
    if proposal is None or not proposal.current:
        raise NotFoundError

    def render(name: str, context: Mapping[str, Any]) -> str:
        return templates.environment.get_template(name).render(**context)

    content = write_archive(load_document(session, proposal), render)
    name = f"{document.slug}-v{proposal.current}.zip"
    ascii_name = name if name.isascii() else f"{document.kind}-v{proposal.current}.zip"
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type="application/zip", headers={"content-disposition": disposition})


@router.get("/archives")
def show_import(request: Request, viewer: Admin, templates: TemplatesDep) -> HTMLResponse:
    """Show the form that imports an archive."""
    return templates.page(request, "archives/import.html", {"failure": None, "imported": None})


@router.post("/archives")
def import_document(
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    file: Annotated[UploadFile, File()],
    csrf: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Import an archive as a new proposal or page, all of it or nothing."""
    try:
        if not file.filename:
            raise InvalidError(message("Choose a file."))
        parsed = read_archive(file.file.read())
        with database.writing() as session:
            result = import_archive(session, parsed, viewer.id)
            counts = f"{result.versions} versions, {result.comments} comments"
            title, url = result.proposal.title, result.proposal.url
            record(session, "import", viewer.id, title, url, files=file.filename, counts=counts)
            session.commit()
            return templates.page(request, "archives/import.html", {"failure": None, "imported": result})
    except AppError as error:
        view = {"failure": error.sentence, "imported": None}
        return templates.page(request, "archives/import.html", view, status=error.status)
