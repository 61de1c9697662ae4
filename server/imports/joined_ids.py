"""Replaces ids by names: a column such as OwnerId becomes the names that another of the files has for its ids."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.imports.files.tables import FileRow
from server.imports.headers import normalize_header
from server.imports.parsed import ImportPreview, ParsedFile
from server.messages import message, plural_message

_ID_COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "deals": {
        "person": (
            "ownerid",
            "hubspotownerid",
            "userid",
            "salespersonid",
            "dealownerid",
            "assignedtoid",
            "repid",
            "agentid",
            "salesrepid",
        ),
        "customer": ("accountid", "companyid", "customerid", "organizationid", "associatedcompanyid", "orgid"),
        "product": ("productid", "product2id"),
    },
    "people": {"manager": ("managerid", "supervisorid", "reportstoid", "manageremployeeid", "vorgesetzterid")},
    "quotas": {"person": ("repid", "userid", "ownerid", "employeeid", "salesrepid", "agentid")},
}
"""The columns of ids by type of file and the field that their names are for."""
_NAMED_IN = {
    "person": ("people", "person"),
    "manager": ("people", "person"),
    "customer": ("customers", "customer"),
    "product": ("products", "product"),
}
"""The type of file that has the names of a field, and their field there."""
_OWN_ID = (
    # The ids of the rows themselves, in order of preference.
    "id",
    "recordid",
    "hsobjectid",
    "userid",
    "ownerid",
    "employeeid",
    "employeenumber",
    "employee#",
    "personalnummer",
    "mitarbeiternummer",
    "personnelnumber",
    "workerid",
    "repid",
    "agentid",
    "salesrepid",
    "accountid",
    "companyid",
    "customerid",
    "organizationid",
    "productid",
)
_SHORT_ID = 15
"""Salesforce's ids have 15 characters, or 18 of which the last three only tell capitals from small letters."""


def join_ids(files: Sequence[ParsedFile], preview: ImportPreview) -> None:
    """Put names where files have ids of other files; note columns of owners' ids that no file has names for."""
    names: dict[tuple[str, str], dict[str, str]] = {}
    for file in files:
        for field, columns in _ID_COLUMNS.get(file.file_type.name if file.file_type else "", {}).items():
            source = _NAMED_IN[field]
            known = names.setdefault(source, _names_by_id(files, *source))
            if field in file.mapping:
                _fill_if_all_known(file, file.mapping[field], known, preview)
                continue
            index = _column(file, columns)
            if index is None or f"column {file.table.header[index]}" in file.choice:
                continue
            if known and _fill(file, index, known, preview):
                file.mapping[field] = index
            elif field == "person":
                preview.notes.append(
                    message(
                        "“{column}” of {file} has ids of people whose names no other file has. Import the file of"
                        " users together with it, or no one is paid for these deals.",
                        column=file.table.header[index],
                        file=file.table.file,
                    )
                )


def _fill_if_all_known(file: ParsedFile, index: int, known: Mapping[str, str], preview: ImportPreview) -> None:
    """Put names into a column that was taken for one of names if all of its cells are ids of a file."""
    ids = {row.cells[index] for row in file.table.rows if index < len(row.cells) and row.cells[index]}
    if ids and all(_key(cell) in known for cell in ids):
        _fill(file, index, known, preview)


def _column(file: ParsedFile, names: Sequence[str]) -> int | None:
    header = [normalize_header(name) for name in file.table.header]
    return next((header.index(name) for name in names if name in header), None)


def _key(cell: str) -> str:
    is_salesforce = len(cell) == _SHORT_ID + 3 and cell.isalnum()
    return cell[:_SHORT_ID] if is_salesforce else cell


def _names_by_id(files: Sequence[ParsedFile], type_name: str, field: str) -> dict[str, str]:
    """Return the names of people, customers or products by the ids of their rows, from all files of the type."""
    names: dict[str, str] = {}
    for file in files:
        index, name_index = _column(file, _OWN_ID), file.mapping.get(field)
        if not file.file_type or file.file_type.name != type_name or index is None or name_index in {None, index}:
            continue
        for row in file.table.rows:
            if name_index is not None and len(row.cells) > max(index, name_index) and row.cells[index]:
                names[_key(row.cells[index])] = row.cells[name_index]
    return names


def _fill(file: ParsedFile, index: int, known: Mapping[str, str], preview: ImportPreview) -> bool:
    """Put the known names into a column of ids; return whether any id is known, and note those that are not."""
    ids = {row.cells[index] for row in file.table.rows if index < len(row.cells) and row.cells[index]}
    unknown = {cell for cell in ids if _key(cell) not in known}
    if ids and unknown == ids:
        return False
    rows = [
        FileRow(row.line, (*row.cells[:index], known.get(_key(row.cells[index]), ""), *row.cells[index + 1 :]))
        if index < len(row.cells)
        else row
        for row in file.table.rows
    ]
    file.table = replace(file.table, rows=tuple(rows))
    if unknown:
        preview.notes.append(
            plural_message(
                "{count} id in “{column}” is in no other file: {ids}. Its cells are left empty.",
                "{count} ids in “{column}” are in no other file: {ids}. Their cells are left empty.",
                len(unknown),
                column=file.table.header[index],
                ids=", ".join(sorted(unknown)[:5]),
            )
        )
    return True
