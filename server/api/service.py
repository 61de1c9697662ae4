"""API tokens, and imports of JSON rows by the rules of file imports."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from server.api.models import ApiToken
from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.imports import service as import_service
from server.imports.deal_meanings import WON_STAGE
from server.imports.file_types import FILE_TYPES, mapping_for
from server.imports.files.tables import FileRow, FileTable
from server.imports.formats import DATES, NUMBERS
from server.imports.parsed import ImportPreview, RowProblem
from server.imports.service import ImportCounts
from server.messages import Message, message
from server.people.models import Person, Role
from server.text.unicode import composed

PREFIX = "th_"
MAX_ROWS = 1_000
MAX_TOKENS = 20
SOURCE = import_service.API
RECORD_USE_EVERY = timedelta(minutes=5)


def make_token(session: Session, name: str, person_id: int) -> tuple[ApiToken, str]:
    """Create a token and return it with its secret, which is not stored."""
    name = " ".join(name.split())
    if not name or len(name) > 60:  # noqa: PLR2004 - as long as the column
        raise InvalidError(
            message("Enter the name of the program that will use the token, at most {most} characters.", most=60)
        )
    if len(tokens(session)) >= MAX_TOKENS:
        raise InvalidError(message("There can be at most {most} tokens. Revoke one first.", most=MAX_TOKENS))
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(name=name, token_hash=_digest(secret), created_by=person_id)
    session.add(token)
    session.flush()
    return token, secret


def tokens(session: Session) -> Sequence[ApiToken]:
    """Return the tokens that are not revoked, newest first."""
    return session.exec(
        select(ApiToken).where(col(ApiToken.revoked_at).is_(None)).order_by(col(ApiToken.id).desc())
    ).all()


def revoke_token(session: Session, ulid: str) -> ApiToken:
    """Revoke a token and return it; raises NotFoundError if there is none with this ID."""
    token = session.exec(select(ApiToken).where(ApiToken.ulid == ulid)).first()
    if token is None:
        raise NotFoundError
    token.revoked_at = token.revoked_at or now()
    session.add(token)
    session.flush()
    return token


def find_token(session: Session, secret: str) -> ApiToken | None:
    """Return the token with this secret; None if there is none, it is revoked, or its creator is no admin any more."""
    is_valid = (col(ApiToken.revoked_at).is_(None), col(Person.active).is_(True), Person.role == Role.admin)
    statement = select(ApiToken).join(Person, col(Person.id) == col(ApiToken.created_by))
    return session.exec(statement.where(ApiToken.token_hash == _digest(secret), *is_valid)).first()


def record_use(session: Session, token: ApiToken) -> None:
    """Record when a token was last used, at most every few minutes."""
    if token.used_at is None or token.used_at < now() - RECORD_USE_EVERY:
        token.used_at = now()
        session.add(token)
        session.flush()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class RowError(InvalidError):
    """An invalid row: its number, counted from 1, and the field, if it is one field."""

    def __init__(self, row: int, field: str | None, sentence: Message) -> None:
        super().__init__(sentence)
        self.row, self.field = row, field


def table_from_rows(name: str, rows: Any) -> FileTable:
    """Return JSON rows as a table in which row 1 is line 1; raises InvalidError or RowError."""
    if isinstance(rows, bytes | str):
        raise InvalidError(message("Send JSON with the header “content-type: application/json”."))
    if not isinstance(rows, list) or not rows:
        raise InvalidError(message("There are no rows. Send a list of objects."))
    if len(rows) > MAX_ROWS:
        raise InvalidError(
            message("A request can have at most {most} rows. Send the rest in further requests.", most=MAX_ROWS)
        )
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise RowError(number, None, message("Row {row} is not an object with fields and values.", row=number))
        if not all(_is_text(key) for key in row):
            raise RowError(number, None, message("Row {row} has a field whose name is not valid text.", row=number))
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    lines = [FileRow(line, tuple(_cell(line, key, row.get(key)) for key in header)) for line, row in enumerate(rows, 1)]
    return FileTable(name, header, tuple(lines), "utf-8", ",")


def _cell(number: int, key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "payments" and isinstance(value, list):
        return "; ".join(_payment(number, payment) for payment in value)
    if isinstance(value, str | int | float) and _is_text(str(value)):
        return composed(str(value)).strip().replace("\x00", "")
    fix = message("Row {row}, “{key}”: send text, a number, true or false.", row=number, key=key[:40])
    raise RowError(number, key[:40], fix)


def _payment(number: int, payment: Any) -> str:
    """Return an object with a day and an amount as a file states it; raises RowError for anything else."""
    if isinstance(payment, dict) and payment.keys() == {"on", "amount"}:
        return f"{payment['on']} {payment['amount']}"
    fix = message("Row {row}, “payments”: send a list of objects with “on” and “amount”.", row=number)
    raise RowError(number, "payments", fix)


def _is_text(value: str) -> bool:
    """Return whether a text can be stored; lone surrogates cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_rows(
    session: Session, file_type: str, rows: Any, zone: str = "UTC", answers: Mapping[str, str] = MappingProxyType({})
) -> ImportPreview:
    """Return what rows would write, with the problems by row; raises InvalidError or RowError.

    `answers` are to questions that files may leave open, by key.
    """
    table = table_from_rows(file_type, rows)
    [matching_type] = [candidate for candidate in FILE_TYPES if candidate.name == file_type]
    fields = {index: name for name, index in mapping_for(matching_type, table.header).items()}
    names = ", ".join(field.name for field in matching_type.fields)
    unknown = [
        RowProblem(
            file_type,
            next(number for number, row in enumerate(rows, 1) if column in row),
            column[:40],
            "",
            message("There is no field “{field}”. The fields are: {known}.", field=column[:40], known=names),
        )
        for index, column in enumerate(table.header)
        if index not in fields
    ]
    choice = {"kind": file_type, **answers} | {f"column {table.header[index]}": name for index, name in fields.items()}
    preview = import_service.preview_import(session, [table], {file_type: choice}, zone, SOURCE)
    preview.problems = [*unknown, *preview.problems]
    preview.questions = [question for question in preview.questions if question.key != WON_STAGE]
    for question in preview.questions:
        if question.key in {NUMBERS, DATES}:
            raise InvalidError(
                message("{question} Send numbers as 1054.50 and days as 2027-01-31.", question=question.sentence)
            )
        known = ", ".join(answer.value for answer in question.answers)
        raise InvalidError(message("{question} Send one of: {known}.", question=question.sentence, known=known))
    return preview


def write_rows(session: Session, preview: ImportPreview) -> ImportCounts:
    """Write parsed rows; writing the same rows again changes nothing. The caller commits."""
    return import_service.apply_import(session, preview, SOURCE)
