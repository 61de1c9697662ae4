"""Keeps uploads until they are imported, with what the admin chose for their files."""

import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.db.bulk import collection_paused
from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.imports.files.tables import MAX_BYTES, FileTable
from server.imports.files.unpack import read_tables
from server.imports.kept_mappings import forget_mapping
from server.imports.models import Upload
from server.imports.service import MAX_FILES
from server.messages import message


def save_upload(session: Session, person_id: int, files: list[tuple[str, bytes]]) -> Upload:
    """Save files until they are imported; uploads older than a day are deleted."""
    session.execute(delete(Upload).where(col(Upload.uploaded_at) < now() - timedelta(days=1)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, (_, content) in enumerate(files):
            archive.writestr(str(index), content)
    upload = Upload(person_id=person_id, names=[name for name, _ in files], content=buffer.getvalue())
    session.add(upload)
    session.flush()
    return upload


def upload_of(session: Session, ulid: str, person_id: int) -> Upload:
    """Return an upload of this person; raises NotFoundError for anyone else's."""
    upload = session.exec(select(Upload).where(Upload.ulid == ulid, Upload.person_id == person_id)).first()
    if upload is None:
        raise NotFoundError
    return upload


def save_choice(session: Session, upload: Upload, file: str, choice: dict[str, str]) -> None:
    """Save the type and column mapping an admin chose for a file; an empty choice detects them again."""
    other_choices = {name: other for name, other in upload.choices.items() if name != file}
    answers = {key: value for key, value in upload.choices.get(file, {}).items() if not key.startswith("column ")}
    merged = answers | choice
    upload.choices = other_choices | ({file: merged} if any(merged.values()) else {})
    session.add(upload)
    session.flush()


def save_answers(session: Session, upload: Upload, file: str, answers: Mapping[str, str]) -> None:
    """Save the admin's answers to questions about a file; other choices for it stay."""
    upload.choices = {**upload.choices, file: {**upload.choices.get(file, {}), **answers}}
    session.add(upload)
    session.flush()


def clear_choices(session: Session, upload: Upload, file: str) -> None:
    """Forget the choices for a file of an upload, and those kept for later files of its name."""
    upload.choices = {name: choice for name, choice in upload.choices.items() if name != file}
    session.add(upload)
    forget_mapping(session, file)
    session.flush()


@collection_paused()
def tables_of(upload: Upload) -> list[FileTable]:
    """Read the files of an upload; raises UnreadableFileError."""
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        return [
            table
            for index, name in enumerate(upload.names)
            for table in read_tables(name, archive.read(str(index)), upload.choices)
        ]


def check_files(files: list[tuple[str, bytes]]) -> None:
    """Raise InvalidError for an upload with no files, too many files or too many bytes."""
    if not files:
        raise InvalidError(message("Choose at least one file."))
    if len(files) > MAX_FILES:
        raise InvalidError(
            message("You can upload at most {most} files at once. Upload the rest separately.", most=MAX_FILES)
        )
    if sum(len(content) for _, content in files) > MAX_BYTES:
        raise InvalidError(
            message(
                "The files are larger than {most} MB together. Upload them separately.",
                most=MAX_BYTES // 1024**2,
            )
        )
