"""What files state about one person's pay, in the engine's form, for pay without a database."""

from collections.abc import Sequence
from fractions import Fraction

from server.comp import LevelSince, Person
from server.comp.calendar import EARLIEST, month_of
from server.comp.history import RESULT_SCALE, Correction, Result
from server.comp.mechanics.levels import Level, index_of
from server.imports.parsed import ImportPreview
from server.people import queries as people_queries


def people_named(preview: ImportPreview) -> list[str]:
    """Return everyone whom quotas, results, balances or lists of people name, in order of appearance."""
    names = [row.name for row in preview.people] + [row.person for row in preview.quotas]
    names += [person for person, *_ in preview.results] + [person for person, _ in preview.balances]
    names += [row.person for row in preview.corrections]
    return list(dict.fromkeys(names))


def person_of(preview: ImportPreview, name: str) -> Person:
    """Return what files state about a person: employment, results, personal terms and draw balance."""
    rows = [row for row in preview.people if row.name == name]
    terms = sorted((row for row in preview.quotas if row.person == name), key=lambda row: row.since)
    return Person(
        started=next((row.started for row in rows if row.started), None),
        left=next((row.left for row in rows if row.left), None),
        results=tuple(
            Result(of, month_of(month), Fraction(value, RESULT_SCALE))
            for person, of, month, value in preview.results
            if person == name
        ),
        adjustments=tuple(people_queries.adjustment_of(row) for row in terms),
        corrections=tuple(
            Correction(row.day, row.cents, row.reason) for row in preview.corrections if row.person == name
        ),
        opening=sum(owed for person, owed in preview.balances if person == name),
    )


def levels_of(preview: ImportPreview, name: str, levels: Sequence[Level]) -> tuple[LevelSince, ...]:
    """Return the levels that files give a person, oldest first, with their rank in a plan.

    A level without a day holds from the beginning.
    """
    rows = (row for row in preview.people if row.name == name and row.level)
    held = [(row.since or EARLIEST, row.level) for row in rows]
    return tuple(LevelSince(month_of(since), level, index_of(levels, level)) for since, level in sorted(held))
