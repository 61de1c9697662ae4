"""A proposal or page handed out as one file, and taken in again."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from server.archives.queries import load_document
from server.archives.read import read_archive
from server.archives.service import import_archive
from server.archives.write import write_archive
from server.documents import queries as document_queries
from server.documents.address import DocumentRefDep
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import message
from server.people.access import Admin, CurrentPerson
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep

router = APIRouter()


@router.get("/pages/{slug}/export.zip")
@router.get("/proposals/{slug}/export.zip")
def download_archive(at: DocumentRefDep, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep) -> Response:
    """Hand out what everybody may read of it: versions, variants, discussion."""
    del viewer
    found = document_queries.by_slug(session, at.slug, at.kind)
    if found is None or not found.current:
        raise NotFoundError

    def render(name: str, context: Mapping[str, Any]) -> str:
        return pages.environment.get_template(name).render(**context)

    content = write_archive(load_document(session, found), render)
    name = f"{at.slug}-v{found.current}.zip"
    plain = name if name.isascii() else f"{at.kind}-v{found.current}.zip"
    headers = {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type="application/zip", headers=headers)


@router.get("/archives")
def show_import(request: Request, viewer: Admin, pages: TemplatesDep) -> HTMLResponse:
    """Ask for a file that was handed out here or elsewhere."""
    del viewer
    return pages.page(request, "archives/import.html", {"failure": None, "taken": None})


@router.post("/archives")
def import_document(
    request: Request,
    viewer: Admin,
    data: DatabaseDep,
    pages: TemplatesDep,
    file: Annotated[UploadFile, File()],
    csrf: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Take it in beside what is there; all of it or nothing."""
    del csrf
    try:
        if not file.filename:
            raise InvalidError(message("Choose a file."))
        unbundled = read_archive(file.file.read())
        with data.writing() as session:
            taken = import_archive(session, unbundled, viewer.id)
            session.commit()
            return pages.page(request, "archives/import.html", {"failure": None, "taken": taken})
    except AppError as error:
        view = {"failure": error.sentence, "taken": None}
        return pages.page(request, "archives/import.html", view, status=error.status)
