"""Joins first and last names: HR lists often have two columns where a name is needed."""

from dataclasses import replace

from server.imports.file_types import PEOPLE, mapping_for
from server.imports.files.tables import FileRow, FileTable
from server.imports.headers import normalize_header

FULL_NAME = "Full name"
"""The column that is added."""
_FIRST = ("firstname", "preferredfirstname", "givenname", "vorname", "prénom", "nombre", "имя", "نام")
_LAST = (
    "lastname",
    "surname",
    "familyname",
    "nachname",
    "familienname",
    "nom",
    "apellidos",
    "apellido",
    "sobrenome",
    "фамилия",
    "نامخانوادگی",
)


def with_full_names(table: FileTable) -> FileTable:
    """Return a table with a column of full names if it has first and last names and no names of people."""
    header = [normalize_header(name) for name in table.header]
    first = next((header.index(name) for name in _FIRST if name in header), None)
    last = next((header.index(name) for name in _LAST if name in header), None)
    if first is None or last is None or "person" in mapping_for(PEOPLE, table.header):
        return table
    rows = []
    for row in table.rows:
        cells = (*row.cells, *[""] * (len(header) - len(row.cells)))
        rows.append(FileRow(row.line, (*cells, f"{cells[first]} {cells[last]}".strip())))
    return replace(table, header=(*table.header, FULL_NAME), rows=tuple(rows))
