"""The tables of uploads, of imports that were written, and of what was chosen for files."""

from datetime import datetime

from sqlalchemy import JSON, LargeBinary
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


class ImportRun(SQLModel, table=True):
    """An import that was written: by whom, from which files, and how many rows it added, changed and left alone.

    Without a person it came from the command line. `counts` holds three numbers by kind of row.
    """

    __tablename__ = "import_runs"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    at: datetime = moment()
    person_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    source: str = Field(max_length=60)
    files: list[str] = Field(sa_type=JSON)
    counts: dict[str, list[int]] = Field(default_factory=dict, sa_type=JSON)


class KeptMapping(SQLModel, table=True):
    """What an admin chose for a file, for later files with the same name but for its numbers; see `Upload.choices`."""

    __tablename__ = "kept_mappings"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    pattern: str = Field(max_length=200, unique=True)
    choice: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    saved_at: datetime = moment()
