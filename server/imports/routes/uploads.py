"""Import pages: upload files, preview the import, map columns, confirm."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from server.db.columns import now
from server.errors import AppError, NotFoundError
from server.imports import runs, service, uploads
from server.imports.column_views import column_views
from server.imports.file_types import DEALS, FILE_TYPES
from server.imports.files.tables import UnreadableFileError
from server.imports.files.unpack import read_tables
from server.imports.kept_mappings import keep_mappings, kept_choices
from server.imports.mapping_file import mapping_text
from server.imports.parsed import ImportPreview
from server.imports.summary import SHOWN_DEALS, won_summaries
from server.imports.template_files import TEMPLATE_FILES
from server.people.access import Admin
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/imports")
def show_upload(request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """Show the form for uploading files, and the last imports."""
    return templates.page(request, "imports/start.html", {"failure": None, **_start_view(session)})


def _start_view(session: Session) -> dict[str, object]:
    return {"runs": runs.recent_runs(session), "templates": list(TEMPLATE_FILES)}


@router.post("/imports")
def upload_files(
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    files: Annotated[list[UploadFile], File()],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Save the files and redirect to the preview of their import."""
    contents = [(file.filename or "file.csv", file.file.read()) for file in files if file.filename]
    try:
        uploads.check_files(contents)
        names = [table.file for name, content in contents for table in read_tables(name, content)]
    except (UnreadableFileError, AppError) as error:
        view = {"failure": error.sentence, "file": getattr(error, "file", "")}
        with database.reading() as session:
            view |= _start_view(session)
        return templates.page(request, "imports/start.html", view, status=422)
    with database.writing() as session:
        upload = uploads.save_upload(session, viewer.id, contents)
        upload.choices = kept_choices(session, names)
        session.commit()
    return see_other(f"/imports/{upload.ulid}")


@router.get("/imports/templates/{name}.csv")
def download_template(name: str, viewer: Admin) -> PlainTextResponse:
    """Return a small file of one type to fill in."""
    if name not in TEMPLATE_FILES:
        raise NotFoundError
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return PlainTextResponse(TEMPLATE_FILES[name], media_type="text/csv", headers=headers)


@router.get("/imports/{ulid}")
def show_preview(
    ulid: str,
    request: Request,
    viewer: Admin,
    session: ReadSession,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
) -> HTMLResponse:
    """Show what an upload would write, and its problems row by row."""
    upload = uploads.upload_of(session, ulid, viewer.id)
    preview = service.preview_import(session, uploads.tables_of(upload), upload.choices, settings.time_zone)
    kept = kept_choices(session, upload.choices)
    is_small = preview.row_count <= runs.MAX_AT_ONCE
    dry_run = service.count_import(session, preview) if preview.is_ready and not is_small else None
    session.close()  # never hold one connection while waiting for another
    if preview.is_ready and is_small:
        with database.writing() as trial_session:
            dry_run = service.dry_run(trial_session, preview)
    view = {
        "upload": upload,
        "preview": preview,
        "imported": None,
        "dry_run": dry_run,
        "columns": {file.table.file: column_views(file) for file in preview.files},
        "kept": kept,
        **_deals_view(preview),
    }
    return templates.page(request, "imports/preview.html", view)


def _deals_view(preview: ImportPreview) -> dict[str, object]:
    """Return what both pages show of the deals, and the types of file to choose from."""
    return {
        "file_types": FILE_TYPES,
        "won_summaries": won_summaries(preview),
        "first_deals": preview.deals[:SHOWN_DEALS],
        "deals_file": next((file.table.file for file in preview.files if file.file_type is DEALS), ""),
    }


@router.post("/imports/{ulid}")
def confirm_import(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Import an upload; a large one is written in the background, and its page shows the progress."""
    with database.reading() as session:  # reading is slow, so it must not block other writes
        upload = uploads.upload_of(session, ulid, viewer.id)
        preview = service.preview_import(session, uploads.tables_of(upload), upload.choices, settings.time_zone)
    if preview.is_ready and preview.row_count > runs.MAX_AT_ONCE:
        with database.writing() as session:
            run = runs.request_run(session, uploads.upload_of(session, ulid, viewer.id), service.UPLOAD)
            session.commit()
        return see_other(f"/imports/runs/{run.ulid}")
    with database.writing() as session:
        upload = uploads.upload_of(session, ulid, viewer.id)
        imported = service.apply_import(session, preview, service.UPLOAD, viewer.id)
        keep_mappings(session, upload.choices)
        upload.imported_at = now()
        session.add(upload)
        session.commit()
        return templates.page(
            request,
            "imports/preview.html",
            {
                "upload": upload,
                "preview": preview,
                "imported": imported,
                "dry_run": None,
                "columns": {file.table.file: column_views(file) for file in preview.files},
                "kept": {},
                **_deals_view(preview),
            },
        )


@router.post("/imports/{ulid}/answers")
async def answer_questions(ulid: str, request: Request, viewer: Admin, database: DatabaseDep) -> Response:
    """Save the answers to what a file leaves open; each field is named like the question's key."""
    form = await request.form()
    answers = {name: value for name, value in form.items() if isinstance(value, str) and name != "csrf"}

    def save() -> None:
        with database.writing() as session:
            upload = uploads.upload_of(session, ulid, viewer.id)
            uploads.save_answers(session, upload, answers.pop("file", ""), answers)
            session.commit()

    await run_in_threadpool(save)
    return see_other(f"/imports/{ulid}")


@router.get("/imports/{ulid}/mapping.yaml")
def download_mapping(ulid: str, viewer: Admin, session: ReadSession) -> PlainTextResponse:
    """Return what was chosen for the files of an upload as a mapping file for the command line."""
    upload = uploads.upload_of(session, ulid, viewer.id)
    headers = {"content-disposition": 'attachment; filename="mapping.yaml"'}
    return PlainTextResponse(mapping_text(upload.choices), media_type="application/yaml", headers=headers)


@router.post("/imports/{ulid}/forget")
def remove_choices(
    ulid: str, viewer: Admin, database: DatabaseDep, file: Annotated[str, Form()], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Forget what was chosen for a file, also for later files of its name."""
    with database.writing() as session:
        upload = uploads.upload_of(session, ulid, viewer.id)
        uploads.clear_choices(session, upload, file)
        session.commit()
    return see_other(f"/imports/{ulid}")


@router.post("/imports/{ulid}/columns")
async def map_columns(ulid: str, request: Request, viewer: Admin, database: DatabaseDep) -> Response:
    """Save the file type and column mapping the admin chose for a file."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str) and name != "csrf"}

    def save() -> None:
        with database.writing() as session:
            upload = uploads.upload_of(session, ulid, viewer.id)
            uploads.save_choice(session, upload, fields.pop("file", ""), fields)
            session.commit()

    await run_in_threadpool(save)
    return see_other(f"/imports/{ulid}")
