"""The task that writes large imports and undoes them, part by part."""

from server.db.columns import now
from server.db.session import Database
from server.errors import AppError
from server.imports import runs, service, uploads
from server.imports.files.tables import UnreadableFileError
from server.imports.kept_mappings import keep_mappings
from server.imports.models import ImportRun, RunState
from server.imports.undo import service as undo
from server.people.models import Person


def write_next(database: Database, zone: str) -> bool:
    """Write the oldest import that is due, or undo one, and return whether there was one.

    `zone` is the time zone of days until the company has one.
    """
    with database.writing() as session:
        run = runs.claim_run(session)
        session.commit()
    if run is None:
        return False
    try:
        if run.state == RunState.undoing:
            _undo(database, run)
        else:
            _write(database, run, zone)
    except (AppError, UnreadableFileError) as error:
        _fail(database, run.id, str(getattr(error, "sentence", error)))
    except Exception as error:
        _fail(database, run.id, type(error).__name__)
        raise
    return True


def _write(database: Database, run: ImportRun, zone: str) -> None:
    with database.reading() as session:
        upload = uploads.upload_of(session, run.upload, run.person_id or 0)
        preview = service.preview_import(session, uploads.tables_of(upload), upload.choices, zone, run.source)
    with database.writing() as session:
        written = session.get_one(ImportRun, run.id)
        person = session.get(Person, run.person_id)
        give_way = database.parts(session)
        service.apply_import(session, preview, run.source, person.id if person else None, give_way, written)
        upload = uploads.upload_of(session, run.upload, run.person_id or 0)
        keep_mappings(session, upload.choices)
        upload.imported_at = now()
        session.add(upload)
        session.commit()


def _undo(database: Database, run: ImportRun) -> None:
    with database.writing() as session:
        undo.finish_undo(session, session.get_one(ImportRun, run.id))
        session.commit()


def _fail(database: Database, run_id: int, failure: str) -> None:
    with database.writing() as session:
        runs.fail_run(session, run_id, failure)
        session.commit()
