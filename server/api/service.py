"""Tokens of programs, and taking rows of JSON for the rows of a file, with the same rules and the same errors."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from server.api.models import ApiToken
from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.imports import service as import_service
from server.imports.csv_reader import Row, Table
from server.imports.file_types import KINDS, mapping_for
from server.imports.parsed import Preview
from server.imports.service import Imported
from server.messages import Sentence, say

PREFIX = "th_"
MOST_ROWS = 1_000
MOST_TOKENS = 20
SOURCE = "api"
NOTE_USE_EVERY = timedelta(minutes=5)


def make_token(session: Session, name: str, person_id: int) -> tuple[ApiToken, str]:
    """Make a token; the secret is returned this once and kept nowhere."""
    name = " ".join(name.split())
    if not name or len(name) > 60:  # noqa: PLR2004 - as long as the column
        raise InvalidError(say("Name the program that will use it, in at most {most} characters.", most=60))
    if len(tokens(session)) >= MOST_TOKENS:
        raise InvalidError(say("At most {most} tokens are open at once. End one first.", most=MOST_TOKENS))
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(name=name, token_hash=_digest(secret), made_by=person_id)
    session.add(made)
    session.flush()
    return made, secret


def tokens(session: Session) -> Sequence[ApiToken]:
    """Return the open tokens, the newest first."""
    return session.exec(
        select(ApiToken).where(col(ApiToken.ended_at).is_(None)).order_by(col(ApiToken.id).desc())
    ).all()


def end_token(session: Session, ulid: str) -> None:
    """End a token: from now on it opens nothing."""
    found = session.exec(select(ApiToken).where(ApiToken.ulid == ulid)).first()
    if found is None:
        raise NotFoundError
    found.ended_at = found.ended_at or now()
    session.add(found)
    session.flush()


def token_of(session: Session, secret: str) -> ApiToken | None:
    """Return the open token of a secret."""
    return session.exec(
        select(ApiToken).where(ApiToken.token_hash == _digest(secret), col(ApiToken.ended_at).is_(None))
    ).first()


def note_use(session: Session, token: ApiToken) -> None:
    """Keep when a token was used last; written every few minutes at most."""
    if token.used_at is None or token.used_at < now() - NOTE_USE_EVERY:
        token.used_at = now()
        session.add(token)
        session.flush()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class RowError(InvalidError):
    """A row of JSON that cannot be one: which, counted from 1, and the field."""

    def __init__(self, row: int, field: str | None, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.row, self.field = row, field


def table_of(name: str, rows: Any) -> Table:
    """Return rows of JSON as the table of a file; row 1 is line 1. Raises InvalidError for what is not plain."""
    if isinstance(rows, bytes | str):
        raise InvalidError(say("Send JSON with the header “content-type: application/json”."))
    if not isinstance(rows, list) or not rows:
        raise InvalidError(say("There are no rows. Send a list of objects."))
    if len(rows) > MOST_ROWS:
        raise InvalidError(say("At most {most} rows go at once. Send them in parts.", most=MOST_ROWS))
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise RowError(number, None, say("Row {row} is not an object with fields and values.", row=number))
        if not all(_is_text(key) for key in row):
            raise RowError(number, None, say("Row {row} has a field whose name cannot be read.", row=number))
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    lines = [Row(line, tuple(_cell(line, key, row.get(key)) for key in header)) for line, row in enumerate(rows, 1)]
    return Table(name, header, tuple(lines), "utf-8", ",")


def _cell(number: int, key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float) and _is_text(str(value)):
        return str(value).strip().replace("\x00", "")
    fix = say("Row {row}, “{key}”: text, a number, yes or no is expected here.", row=number, key=key[:40])
    raise RowError(number, key[:40], fix)


def _is_text(value: str) -> bool:
    """Say whether a text can be kept: halves of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def understood(session: Session, kind: str, rows: Any) -> Preview:
    """Work out what rows would write; what is wrong stands in the preview by row."""
    table = table_of(kind, rows)
    [taken] = [one for one in KINDS if one.name == kind]
    named = {index: name for name, index in mapping_for(taken, table.header).items()}
    unknown = [column for index, column in enumerate(table.header) if index not in named]
    if unknown:
        known = ", ".join(field.name for field in taken.fields)
        fix = say("There is no field “{field}”. There are: {known}.", field=unknown[0][:40], known=known)
        first = next(number for number, row in enumerate(rows, 1) if unknown[0] in row)
        raise RowError(first, unknown[0][:40], fix)
    choice = {"kind": kind} | {f"column {table.header[index]}": name for index, name in named.items()}
    return import_service.preview(session, [table], {kind: choice})


def write(session: Session, found: Preview) -> Imported:
    """Write understood rows; the same row again changes nothing. The caller commits."""
    return import_service.carry_out(session, found, SOURCE)
