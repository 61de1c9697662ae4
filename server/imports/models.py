"""The tables of uploads, of imports with the rows they wrote, and of what was chosen for files."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class Upload(SQLModel, table=True):
    """Files from the upload page, kept for a day.

    `choices` holds the admin's choices by file name: the file type, and the field of each column, empty for
    “not used”.
    """

    __tablename__ = "uploads"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id", index=True)
    names: list[str] = Field(sa_type=JSON)
    choices: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=JSON)
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_at: datetime = moment()
    imported_at: datetime | None = moment(nullable=True)


class RunState(StrEnum):
    """The states of an import."""

    due = "due"
    running = "running"
    done = "done"
    failed = "failed"
    undoing = "undoing"
    undone = "undone"


class ImportRun(SQLModel, table=True):
    """An import: by whom, from which files, and how many rows it added, changed and left unchanged.

    Without a person it came from the command line. `counts` holds three numbers by kind of row. A large import of an
    upload waits until it is due; `done` of `total` deals are written. `failure` says why it stopped.
    """

    __tablename__ = "import_runs"
    __invalidates__ = NO_PAGES
    __table_args__ = (CheckConstraint("state in ('due','running','done','failed','undoing','undone')", name="state"),)

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    at: datetime = moment()
    person_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    source: str = Field(max_length=60)
    files: list[str] = Field(sa_type=JSON)
    counts: dict[str, list[int]] = Field(default_factory=dict, sa_type=JSON)
    state: RunState = Field(default=RunState.done, sa_type=String(8), index=True)
    upload: str = Field(default="", max_length=26)
    done: int = 0
    total: int = 0
    failure: str = Field(default="", max_length=500)
    progress_at: datetime | None = moment(nullable=True)
    undone_at: datetime | None = moment(nullable=True)
    undone_by: int | None = Field(default=None, foreign_key="people.id")


class ImportedRows(SQLModel, table=True):
    """Rows that a part of an import added, changed or removed, with their values before and after.

    `content` is that of `server.db.row_journal`, with amounts: it is shown to no one, and used only to undo the import.
    `referred` is described in `server.imports.references`.
    """

    __tablename__ = "imported_rows"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="import_runs.id", index=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    referred: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=JSON)


class KeptMapping(SQLModel, table=True):
    """What an admin chose for a file, for later files with the same name but for its numbers; see `Upload.choices`."""

    __tablename__ = "kept_mappings"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    pattern: str = Field(max_length=200, unique=True)
    choice: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    saved_at: datetime = moment()
