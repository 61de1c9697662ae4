"""Keeps what an admin chose for a file by its name, for the file of the next month."""

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.db.columns import now
from server.imports.models import KeptMapping

_NUMBERS = re.compile(r"\d+(?:[-_. ]\d+)*")
MAX_NAME = 200
_OF_ONE_FILE = frozenset({"year", "owners", "deals of several files"})
"""Choices that are about one file only: the next one is of another year, and changes other deals."""


def pattern_of(file: str) -> str:
    """Return a file's name with a `*` for each date or number: deals-2026-03.csv is deals-*.csv."""
    return _NUMBERS.sub("*", file)[:MAX_NAME]


def keep_mappings(session: Session, choices: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the choices for files, replacing those kept under the same pattern. The caller commits."""
    for file, choice in choices.items():
        chosen = {
            key: value
            for key, value in choice.items()
            if (value or key.startswith("column ")) and key not in _OF_ONE_FILE
        }
        if not chosen:
            continue
        kept = session.exec(select(KeptMapping).where(KeptMapping.pattern == pattern_of(file))).first()
        kept = kept or KeptMapping(pattern=pattern_of(file), choice={})
        kept.choice, kept.saved_at = chosen, now()
        session.add(kept)
    session.flush()


def kept_choices(session: Session, files: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the choices kept for files, by file; files without any are left out."""
    kept = {row.pattern: row.choice for row in session.exec(select(KeptMapping))}
    return {file: dict(kept[pattern_of(file)]) for file in files if pattern_of(file) in kept}


def forget_mapping(session: Session, file: str) -> None:
    """Forget the choices kept for a file. The caller commits."""
    session.execute(delete(KeptMapping).where(col(KeptMapping.pattern) == pattern_of(file)))
