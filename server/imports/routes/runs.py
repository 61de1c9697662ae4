"""Pages of the imports that were written or are being written: progress, what they did, undoing one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.errors import AppError
from server.imports import runs
from server.imports.models import ImportRun, RunState
from server.imports.undo import service as undo
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import Message
from server.people.access import Admin
from server.people.models import Person
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/imports/runs/{ulid}")
def show_run(ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """Show an import: its progress, what it did, and what undoing it would do."""
    return templates.page(request, "imports/run.html", _view(session, runs.run_by_ulid(session, ulid)))


def _view(session: Session, run: ImportRun, failure: Message | None = None) -> dict[str, object]:
    can_be_undone = run.state != RunState.undone and not runs.is_running(run)
    people = (session.get(Person, key) if key else None for key in (run.person_id, run.undone_by))
    names = [person.name if person else "" for person in people]
    return {
        "run": run,
        "who": names[0],
        "undone_by": names[1],
        "undo": undo.preview_undo(session, run) if can_be_undone else None,
        "is_running": runs.is_running(run),
        "failure": failure,
    }


@router.get("/imports/runs/{ulid}/progress")
def show_progress(
    ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Return the part of the page that changes while an import is written."""
    run = runs.run_by_ulid(session, ulid)
    is_running = runs.is_running(run)
    response = templates.page(request, "imports/_progress.html", {"run": run, "is_running": is_running})
    if not is_running:
        response.headers["hx-refresh"] = "true"  # the whole page, which says what the import did
    return response


@router.post("/imports/runs/{ulid}/undo")
def undo_import(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Undo an import, a large one in the background; where that is impossible, the page says why."""
    with database.writing() as session:
        run = runs.run_by_ulid(session, ulid)
        preview = undo.preview_undo(session, run)
        try:
            if preview.is_possible and preview.row_count > runs.MAX_AT_ONCE:
                undo.begin_undo(session, run, viewer.id)
                enqueue(session, TaskName.imports)
            else:
                undo.undo_import(session, run, viewer.id)
            session.commit()
        except AppError as error:
            session.rollback()
            run = runs.run_by_ulid(session, ulid)
            return templates.page(request, "imports/run.html", _view(session, run, error.sentence), status=409)
    return see_other(f"/imports/runs/{ulid}")
