"""Parses import files into a preview of everything an import would write; nothing is written here."""

from collections.abc import Callable, Mapping, Sequence

from server.imports.cells import Names
from server.imports.column_cells import use_contents
from server.imports.deal_meanings import ask_about_deals
from server.imports.file_types import (
    BALANCES,
    CORRECTIONS,
    CUSTOMERS,
    DEALS,
    EVENTS,
    FILE_TYPES,
    LEFT_OUT,
    PAYMENTS,
    PEOPLE,
    PRODUCTS,
    QUOTAS,
    RESULTS,
    SURE_SIGNS_OF_PEOPLE,
    USAGE,
    FileType,
    apply_choice,
    detect_type,
    is_vague,
    likeliest_types,
    mapping_for,
    missing_fields,
)
from server.imports.files.full_names import with_full_names
from server.imports.files.tables import FileTable
from server.imports.formats import decide_formats
from server.imports.headers import normalize_header
from server.imports.joined_ids import join_ids
from server.imports.missing_columns import ask_for_columns, note_unused_reps, use_column_answers
from server.imports.notes import add_notes
from server.imports.parsed import (
    ImportPreview,
    ImportQuestion,
    KnownNames,
    ParsedFile,
    PossibleAnswer,
    RowProblem,
    days_of,
)
from server.imports.quota_columns import with_rows_of_periods
from server.imports.readers.balances import read_balances
from server.imports.readers.corrections import read_corrections
from server.imports.readers.customers import read_customers
from server.imports.readers.deals import read_deals
from server.imports.readers.events import read_events
from server.imports.readers.payments import read_payments
from server.imports.readers.people import read_people
from server.imports.readers.products import read_products
from server.imports.readers.quotas import read_quotas
from server.imports.readers.results import read_results
from server.imports.readers.usage import read_usage
from server.messages import message

Choices = Mapping[str, Mapping[str, str]]
"""The admin's choices by file name, see `Upload.choices`."""
Reader = Callable[[ParsedFile, ImportPreview, dict[str, Names]], None]

_READERS: tuple[tuple[FileType, Reader], ...] = (
    (PEOPLE, read_people),
    (CUSTOMERS, read_customers),
    (PRODUCTS, read_products),
    (DEALS, read_deals),
    (USAGE, read_usage),
    (EVENTS, read_events),
    (PAYMENTS, read_payments),
    (QUOTAS, read_quotas),
    (RESULTS, read_results),
    (BALANCES, read_balances),
    (CORRECTIONS, read_corrections),
)
"""In the order they run: events refer to deals, personal terms to people."""
_DISTINCTIVE_FIELDS = {"quotas": "quota", "results": "result", "balances": "owed"}
"""Fields that only one file type has; a file detected as another type would lose such a column."""


def parse_files(tables: Sequence[FileTable], known: KnownNames, choices: Choices | None = None) -> ImportPreview:
    """Detect the type of each file, or take the one chosen for it, and read them all."""
    preview = ImportPreview(
        today=known.today,
        zone=known.zone,
        signing_dates=known.signing_dates,
        emails=dict(known.emails),
        owners=known.owners,
        currency=known.currency,
    )
    for table in tables:
        preview.files.append(_detect_file(table, (choices or {}).get(table.file), preview))
    for file in preview.files:
        use_contents(file, preview)
        use_column_answers(file)
    join_ids(preview.files, preview)
    ask_for_columns(preview.files, preview)
    note_unused_reps(preview.files, preview)
    _ask_about_contacts(preview, known)
    decide_formats(preview.files, preview)
    ask_about_deals(preview.files, preview)
    names = {file_type.name: Names(()) for file_type in FILE_TYPES} | {
        "people": Names(known.people, known.emails, known.shared),
        "customers": Names(known.customers),
        "products": Names(known.products),
    }
    for file_type, read in _READERS:
        for file in preview.files:
            if (
                file.file_type
                and file.file_type.name == file_type.name
                and not missing_fields(file.file_type, file.mapping)
            ):
                read(file, preview, names)
    preview.respellings = {
        spelling: name for known_names in names.values() for spelling, name in known_names.respellings.items()
    }
    preview.first_day = min(days_of(preview.deals), default=None)
    preview.ends_on = max(days_of([deal for deal in preview.deals if deal.stage == "won"]), default=None)
    add_notes(preview, known)
    return preview


def _detect_file(table: FileTable, choice: Mapping[str, str] | None, preview: ImportPreview) -> ParsedFile:
    choice = choice or {}
    table = with_rows_of_periods(with_full_names(table), choice, preview)
    is_chosen = bool(choice.get("kind"))
    if choice.get("kind") == LEFT_OUT:
        return ParsedFile(table, None, choice=choice)
    file_type, mapping = apply_choice(table.header, choice) if is_chosen else detect_type(table.header) or (None, {})
    if file_type and not is_chosen:
        mapping = apply_choice(table.header, {**choice, "kind": file_type.name})[1]
    columns = ", ".join(table.header)[:80]
    if file_type is None and not table.has_head:
        fix = message("This file has no row with the names of its columns. Choose below what each column holds.")
        preview.problems.append(RowProblem(table.file, 1, "", columns, fix))
        return ParsedFile(table, None)
    if file_type is None:
        _ask_for_type(table, preview)
        return ParsedFile(table, None, choice=choice)
    lost = _lost_column(table.header, file_type.name, mapping)
    if lost and not is_chosen:
        column, other_type, missing = lost
        fix = message(
            "The column “{column}” belongs to a file of {file_type}, but these columns are missing: {missing}."
            " Add them, or choose a type.",
            column=column,
            file_type=other_type,
            missing=missing,
        )
        preview.problems.append(RowProblem(table.file, 1, column, columns, fix))
    for name in missing_fields(file_type, mapping):
        fix = message("No column is mapped to the required field “{field}”. Choose one.", field=name)
        preview.problems.append(RowProblem(table.file, 1, "", columns, fix))
    return ParsedFile(table, file_type, mapping, choice)


def _ask_about_contacts(preview: ImportPreview, known: KnownNames) -> None:
    """Ask what a list of names and addresses is if it names no one who is known or sells a deal of these files."""
    sellers = {
        normalize_header(cell)
        for file in preview.files
        if file.file_type in {DEALS, QUOTAS}
        for cell in set(file.cells("person"))
    }
    sellers |= {normalize_header(name) for name in known.people}
    for file in preview.files:
        if file.file_type is not PEOPLE or file.choice.get("kind") or file.mapping.keys() & SURE_SIGNS_OF_PEOPLE:
            continue
        if not is_vague(PEOPLE, file.table.header, file.mapping):
            continue
        if not sellers & {normalize_header(cell) for cell in file.cells("person")}:
            _ask_for_type(file.table, preview)
            file.file_type, file.mapping = None, {}


def _ask_for_type(table: FileTable, preview: ImportPreview) -> None:
    """Ask what a file lists whose columns have the signs of no type, or of another list; say what speaks for each."""
    answers = []
    for file_type, mapping in likeliest_types(table.header):
        columns = ", ".join(table.header[index] for index in mapping.values())
        missing = ", ".join(missing_fields(file_type, mapping))
        details = (
            message("It has {columns}, but no column for {missing}.", columns=columns, missing=missing)
            if missing
            else message("It has {columns}.", columns=columns)
        )
        answers.append(PossibleAnswer(file_type.name, message("{type}", type=file_type.name), details))
    answers.append(PossibleAnswer(LEFT_OUT, message("none of these"), message("The file is left out.")))
    sentence = message("The columns of this file match no type of file for certain. What does it list?")
    preview.questions.append(ImportQuestion(table.file, "kind", sentence, tuple(answers)))


def _lost_column(header: Sequence[str], detected: str, mapping: Mapping[str, int]) -> tuple[str, str, str] | None:
    """Return a column that only another file type has, that type and its missing fields, or None."""
    for file_type in FILE_TYPES:
        field = _DISTINCTIVE_FIELDS.get(file_type.name)
        if field is None or file_type.name == detected:
            continue
        other_mapping = mapping_for(file_type, tuple(header))
        if field in other_mapping and other_mapping[field] not in mapping.values():
            missing = missing_fields(file_type, other_mapping)
            if missing:
                return header[other_mapping[field]], file_type.name, ", ".join(missing)
    return None
