"""Notes on an import: what the admin should see before it is written and that does not keep it from being written."""

import re
from collections import Counter
from collections.abc import Iterator

from server.imports.column_names import DEAL_NAMES
from server.imports.file_types import DEALS
from server.imports.headers import normalize_header
from server.imports.parsed import ImportPreview, KnownNames
from server.imports.values.days import written_day
from server.imports.values.numbers import written_number
from server.messages import Message, message, plural_message
from server.spelling import nearest

_SECTORS = (
    "technology",
    "medical",
    "retail",
    "software",
    "finance",
    "marketing",
    "telecommunications",
    "employment",
    "entertainment",
    "services",
)
MAX_LISTED = 12
"""Names that a note lists."""
MAX_COMPARED = 200
"""New names that are compared with the known ones; comparing is slow."""
_SIMILARITY = 0.85
_SECTOR_SIMILARITY = 0.9
"""Sectors are words, of which some differ by a few letters only, such as technology and biotechnology."""
_SAMPLE = 50
"""Rows that tell what a column that is not used holds."""
_CENTS = re.compile(r"\d[.,]\d\d$")


def add_notes(preview: ImportPreview, known: KnownNames) -> None:
    """Add the notes on everything that the files say, and on how it differs from what the company has."""
    sentence = "Empty cells in “{column}” of {file} take the value above: the report is grouped by it."
    preview.notes += [
        message(sentence, column=column, file=file.table.file)
        for file in preview.files
        for column in file.table.filled_columns
    ]
    _add_notes_on_cells(preview)
    _add_notes_on_deals(preview)
    preview.notes += _notes_on_names_as_numbers(preview)
    preview.notes += _notes_on_unused_columns(preview)
    _add_notes_on_amounts_and_ratings(preview)
    _add_notes_on_currencies(preview, known)
    _add_notes_on_refunds(preview)
    _add_notes_on_idle_people(preview)
    _add_notes_on_sectors(preview)
    _add_notes_on_levels(preview, known)
    _add_notes_on_new_names(preview, known)


def _add_notes_on_cells(preview: ImportPreview) -> None:
    """Note how cells were read: amounts rounded, times converted to dates, and dates in the future left out."""
    if preview.rounded:
        preview.notes.append(
            plural_message(
                "{count} amount has more than two decimals. It is rounded to the cent.",
                "{count} amounts have more than two decimals. They are rounded to the cent.",
                preview.rounded,
            )
        )
    if preview.has_zones:
        preview.notes.append(
            message("Times that state a time zone are converted to dates in {zone}.", zone=preview.zone.key)
        )
    for column, count in preview.days_to_come.items():
        preview.notes.append(
            plural_message(
                "“{column}” has {count} date in the future. It is left out; import the file again after it.",
                "“{column}” has {count} dates in the future. They are left out; import the file again after them.",
                count,
                column=column,
            )
        )


def _add_notes_on_deals(preview: ImportPreview) -> None:
    """Note open deals, and deals without a rep, an amount or a customer."""
    open_count = sum(deal.stage == "open" for deal in preview.deals)
    without_customer = sum(deal.customer is None for deal in preview.deals)
    if open_count:
        preview.notes.append(
            plural_message(
                "{count} deal is still open. It is imported and pays nothing.",
                "{count} deals are still open. They are imported and pay nothing.",
                open_count,
            )
        )
    if preview.deals and not preview.won_count:
        preview.notes.append(message("No deal is won, so none is paid."))
    without_rep = sum(deal.stage == "won" and not deal.credits for deal in preview.deals)
    if without_rep:
        preview.notes.append(
            plural_message(
                "{count} won deal has no rep. No one is paid for it.",
                "{count} won deals have no rep. No one is paid for them.",
                without_rep,
            )
        )
    without_amount = sum(deal.stage == "won" and "arr" not in (deal.stated or ()) for deal in preview.deals)
    if without_amount:
        preview.notes.append(
            plural_message(
                "{count} won deal comes without an amount. Plans that pay by the amount pay nothing for it.",
                "{count} won deals come without an amount. Plans that pay by the amount pay nothing for them.",
                without_amount,
            )
        )
    if without_customer:
        preview.notes.append(
            plural_message("{count} deal has no customer yet.", "{count} deals have no customer yet.", without_customer)
        )


def _add_notes_on_amounts_and_ratings(preview: ImportPreview) -> None:
    """Note negative amounts that name no deal, and ratings without a date."""
    if memo_count := sum(deal.arr < 0 and not deal.refund_of for deal in preview.deals):
        preview.notes.append(
            plural_message(
                "{count} negative amount does not say which deal it refunds. It is paid like any deal, at the rate on"
                " its own date. To take back what a deal was paid, put that deal's number in a “refund of” column.",
                "{count} negative amounts do not say which deals they refund. They are paid like any deal, at the"
                " rate on their own dates."
                " To take back what a deal was paid, put its number in a “refund of” column.",
                memo_count,
            )
        )
    if undated_ratings := sum(bool(deal.rating) and not deal.rated_on for deal in preview.deals):
        preview.notes.append(
            plural_message(
                "{count} rating has no date. It counts from 90 days after signing.",
                "{count} ratings have no date. They count from 90 days after signing.",
                undated_ratings,
            )
        )


def _add_notes_on_idle_people(preview: ImportPreview) -> None:
    """Note reps without deals."""
    sellers = {name for deal in preview.deals for name in deal.credits}
    managers = {person.manager for person in preview.people}
    idle = [
        person.name
        for person in preview.people
        if person.role in {"", "rep"} and person.name not in sellers and person.name not in managers
    ]
    if idle and preview.deals:
        names = ", ".join(sorted(idle)[:MAX_LISTED])
        preview.notes.append(
            plural_message(
                "{count} person has no deals: {names}.",
                "{count} people have no deals: {names}.",
                len(idle),
                names=names,
            )
        )


def _add_notes_on_sectors(preview: ImportPreview) -> None:
    """Note sectors that may be misspelt."""
    sectors = Counter(sector for _, sector, _ in preview.customers)
    for sector, likely in _misspelt_sectors(sectors):
        preview.notes.append(
            message(
                "The sector “{rare}” may be a misspelling of “{likely}”. It is imported unchanged.",
                rare=sector,
                likely=likely,
            )
        )


def _misspelt_sectors(sectors: Counter[str]) -> Iterator[tuple[str, str]]:
    for sector in sectors:
        near = nearest(sector.casefold(), _SECTORS, _SECTOR_SIMILARITY)
        if near and near != sector.casefold():
            yield sector, near


def _add_notes_on_currencies(preview: ImportPreview, known: KnownNames) -> None:
    """Note deals without a currency among others with one, and those for which some plan in force has no rate.

    Such a plan does not credit them.
    """
    has_column = any("currency" in file.mapping for file in preview.files if file.file_type is DEALS)
    without = sum(not deal.currency for deal in preview.deals) if has_column else 0
    if 0 < without < len(preview.deals):
        preview.notes.append(
            plural_message(
                "{count} deal states no currency. It is taken to be in {currency}.",
                "{count} deals state no currency. They are taken to be in {currency}.",
                without,
                currency=known.currency,
            )
        )
    currencies = Counter(deal.currency or known.currency for deal in preview.deals if deal.stage == "won")
    for code, count in sorted(currencies.items()):
        if known.convertible is not None and code and code not in known.convertible:
            preview.notes.append(
                plural_message(
                    "{count} won deal is in {currency}, for which a plan in force has no rate. It is not credited"
                    " there.",
                    "{count} won deals are in {currency}, for which a plan in force has no rate. They are not credited"
                    " there.",
                    count,
                    currency=code,
                )
            )


def _add_notes_on_refunds(preview: ImportPreview) -> None:
    """Note credit memos whose deals are neither in these files nor known."""
    named = {deal.refund_of for deal in preview.deals} - {""} - {deal.external_id for deal in preview.deals}
    known = preview.signing_dates(sorted(named)) if named else {}
    missing = sorted(number for number in named if not known.get(number))
    if missing:
        preview.notes.append(
            plural_message(
                "{count} credit memo refunds a deal that is not here: {numbers}. It is paid like any deal.",
                "{count} credit memos refund deals that are not here: {numbers}. They are paid like any deal.",
                len(missing),
                numbers=", ".join(missing[:MAX_LISTED]),
            )
        )


def _add_notes_on_levels(preview: ImportPreview, known: KnownNames) -> None:
    """Note levels that today's plan does not have."""
    known_levels = {level.casefold() for level in known.levels}
    stated = {person.level for person in preview.people if person.level}
    unknown = sorted(level for level in stated if known_levels and level.casefold() not in known_levels)
    for level in unknown[:MAX_LISTED]:
        preview.notes.append(
            message(
                "No plan in force has the level “{level}”; they have {known}. Say on the plan's page which of its"
                " levels pays people on it.",
                level=level,
                known=", ".join(known.levels),
            )
        )


def _notes_on_unused_columns(preview: ImportPreview) -> Iterator[Message]:
    """Yield a note for each column of a file of deals that holds dates or amounts and is not used."""
    for file in preview.files:
        if file.file_type is None or file.file_type.name != "deals":
            continue
        for index, column in enumerate(file.table.header):
            rows = file.table.rows[:_SAMPLE]
            cells = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index]]
            if index in file.mapping.values() or not cells:
                continue
            if all(written_day(cell) for cell in cells):
                yield message("“{column}” of {file} has dates and is not used.", column=column, file=file.table.file)
            elif all(_is_amount(cell) for cell in cells):
                yield message("“{column}” of {file} has amounts and is not used.", column=column, file=file.table.file)


def _notes_on_names_as_numbers(preview: ImportPreview) -> Iterator[Message]:
    """Yield a note for each file of deals that has their names and no numbers."""
    names = {normalize_header(name) for name in DEAL_NAMES} - {"deal", "opportunity"}
    for file in preview.files:
        if file.file_type is None or file.file_type.name != "deals" or "id" not in file.mapping:
            continue
        column = file.table.header[file.mapping["id"]]
        if normalize_header(column) in names:
            yield message(
                "{file} has no numbers of deals, so “{column}” tells them apart. A later deal of the same name would"
                " replace the earlier one; export the numbers too.",
                file=file.table.file,
                column=column,
            )


def _is_amount(cell: str) -> bool:
    """Return whether a cell is a number with a currency or with cents, which numbers of things do not have."""
    number = written_number(cell)
    return number is not None and bool(number.currency or _CENTS.search(cell))


def _notes_on_name_order(names: set[str]) -> Iterator[Message]:
    """Yield a note for each two spellings of a name that differ in the order of its words."""
    spellings: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(names):
        spellings.setdefault(_words_of(name), []).append(name)
    for same in spellings.values():
        if len(same) > 1:
            yield message(
                "“{name}” and “{other}” may be the same person. They are imported as two.", name=same[0], other=same[1]
            )


def _words_of(name: str) -> tuple[str, ...]:
    """Return a name's words in order of the alphabet, the same for “Kim, Dana” and “Dana Kim”."""
    return tuple(sorted(name.replace(",", " ").casefold().split()))


def _add_notes_on_new_names(preview: ImportPreview, known: KnownNames) -> None:
    """Note new people and customers, and new names close to a known one: likely typing errors."""
    existing = set(known.people)
    named = {name for person in preview.people for name in (person.name, person.manager) if name}
    named |= {name for deal in preview.deals for name in deal.credits}
    new_names = sorted(named - existing)
    preview.notes_on_names += _notes_on_name_order(named)
    if existing and new_names:
        listed = ", ".join(new_names[:MAX_LISTED])
        preview.notes_on_names.append(
            plural_message(
                "{count} new person: {names}.",
                "{count} new people: {names}.",
                len(new_names),
                names=listed,
            )
        )
        in_order = {_words_of(name): name for name in existing - named}
        for name in new_names[:MAX_COMPARED]:
            if other := in_order.get(_words_of(name)):
                preview.notes_on_names.append(
                    message("“{name}” is new. Did you mean “{known}”?", name=name, known=other)
                )
            elif near := nearest(name, sorted(existing), _SIMILARITY):
                preview.notes_on_names.append(
                    message("“{name}” is new. Did you mean “{known}”?", name=name, known=near)
                )
    roles = {person.name: person.role for person in preview.people}
    managers = {person.manager for person in preview.people if person.manager}
    promoted = sorted(name for name in managers - existing if not roles.get(name))
    if promoted:
        preview.notes_on_names.append(
            message(
                "Added as managers, because people report to them: {names}. Managers may publish proposals and answer"
                " comments. To add someone as a rep, state the role.",
                names=", ".join(promoted[:MAX_LISTED]),
            )
        )
    customers = {deal.customer for deal in preview.deals if deal.customer}
    customers |= {name for name, _, _ in preview.customers}
    new_customers = customers - set(known.customers)
    if new_customers:
        preview.notes_on_names.append(
            plural_message("{count} new customer.", "{count} new customers.", len(new_customers))
        )
