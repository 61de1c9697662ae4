"""Reads files of people."""

from datetime import date
from functools import partial

from email_validator import EmailNotValidError, validate_email

from server.imports import cells
from server.imports.cells import CellError, Names, plain_name
from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ParsedFile, ParsedPerson
from server.imports.readers.row_reader import RowReader
from server.messages import message

_ROLES = {"sales rep": "rep", "sales manager": "manager", "customer success": "success", "administrator": "admin"}
"""Roles as pages call them."""
_ROLE_NAMES = frozenset({"rep", "manager", "executive", "success", "admin"})


def read_people(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the people of a file to the preview."""
    reader = RowReader(file, preview)
    levels: dict[tuple[str, date | None], str] = {}
    for cell in file.cells("person"):  # so that managers are found who come later, and are written in another order
        if not cells.is_empty(cell):
            names["people"].add(plain_name(cell))
    for row in file.table.rows:
        cell = reader.person_name(row)
        if not cell:
            continue
        name = _name(reader, row, names["people"])
        if not name:
            continue
        started, left = reader.day(row, "started"), reader.day(row, "left")
        level, since = reader.cell(row, "level"), reader.day(row, "since")
        if started and left and left < started:
            reader.report(row, "left", message("This is before the first day of work ({day}).", day=started))
        if level and levels.setdefault((name, since), level).casefold() != level.casefold():
            fix = message(
                "Another row gives “{name}” the level {level} from the same day. Keep one of them.",
                name=name,
                level=levels[name, since],
            )
            reader.report(row, "level", fix)
        manager = _manager(reader, row, name, names["people"])
        if email := reader.text(row, "email"):
            names["people"].aliases.setdefault(email.casefold(), name)
        preview.people.append(
            ParsedPerson(
                name=name,
                manager=manager,
                region=reader.cell(row, "region"),
                email=reader.parse(row, "email", partial(_parse_email, name=name, preview=preview), ""),
                role=reader.parse(row, "role", _parse_role, ""),
                title=reader.cell(row, "title"),
                level=level,
                since=since,
                started=started,
                left=left,
            )
        )


def _name(reader: RowReader, row: FileRow, people: Names) -> str:
    """Return whom a row is about: by the address if several have the name, or else a problem and ""."""
    name = people.add(plain_name(reader.cell(row, "person")))
    labels = people.namesakes(name)
    if labels and (label := people.aliases.get(reader.text(row, "email").casefold())) in labels:
        return label or ""
    return "" if reader.refuse_shared(row, "person", name, people) else name


def _manager(reader: RowReader, row: FileRow, name: str, people: Names) -> str:
    """Return the manager's name, "" for none; a person who is their own manager is a problem."""
    cell = reader.cell(row, "manager")
    if cells.is_empty(cell):
        return ""
    manager = people.add(plain_name(cell))
    if reader.refuse_shared(row, "manager", manager, people):
        return ""
    if manager == name:
        reader.report(row, "manager", message("People cannot be their own manager. Correct it, or leave it empty."))
    return manager


def _parse_email(cell: str, name: str, preview: ImportPreview) -> str:
    """Return an address in lower case, "" for none; raises CellError if it is invalid or another person's."""
    if cells.is_empty(cell):
        return ""
    try:
        address = validate_email(cell, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise CellError(message("This is not an e-mail address. Write it like dana@example.com.")) from None
    if preview.emails.setdefault(address, name) != name:
        raise CellError(message("Another person has this e-mail address. Correct one of them."))
    return address


def is_role(cell: str) -> bool:
    """Return whether a word is a role."""
    return _ROLES.get(cell.casefold(), cell.casefold()) in _ROLE_NAMES


def _parse_role(cell: str) -> str:
    """Return a role, "" for none; raises CellError for another word."""
    role = _ROLES.get(cell.casefold(), cell.casefold())
    if cells.is_empty(cell):
        return ""
    if role not in _ROLE_NAMES:
        raise CellError(message("This is not a role. Use rep, manager, executive, success or admin."))
    return role
