"""Tables of random deals, written as spreadsheets of many countries do, are read back to the cent and the day."""

import csv
import io
from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from server.imports.files.unpack import read_tables
from server.imports.parse import parse_files
from server.imports.parsed import KnownNames
from tests.comp.profiles import examples


@dataclass(frozen=True)
class Locale:
    """How a country writes: its head, decimal and grouping sign, date, separator and encodings."""

    head: tuple[str, ...]
    decimal: str
    grouping: str
    day: str
    separator: str
    encodings: tuple[str, ...]
    won: str
    names: tuple[str, ...]


ENGLISH = ("Opportunity ID", "Opportunity Owner", "Amount", "Close Date", "Stage")
LOCALES = (
    Locale(
        ENGLISH, ".", ",", "%m/%d/%Y", ",", ("utf-8", "utf-8-sig", "utf-16"), "Closed Won", ("Noa Berg", "Bo O'Hara")
    ),
    Locale(ENGLISH, ".", "", "%Y-%m-%d", "\t", ("utf-8", "utf-16"), "Closed Won", ("Noa Berg",)),
    Locale(ENGLISH, ".", ",", "%d/%m/%Y %H:%M", ",", ("utf-8",), "Won", ("Noa Berg",)),
    Locale(
        ("Nummer", "Verkäufer", "Betrag", "Abschlussdatum", "Phase"),
        *(",", ".", "%d.%m.%Y", ";", ("utf-8", "cp1252"), "Gewonnen", ("Jürgen Groß", "Käthe Öztürk")),
    ),
    Locale(
        ("Nummer", "Verkäufer", "Betrag", "Abschlussdatum", "Phase"),
        *(".", "'", "%d.%m.%y", ";", ("utf-8", "cp1252"), "Gewonnen", ("Zoë Müller",)),
    ),
    Locale(
        ("Numéro", "Propriétaire de l'opportunité", "Montant", "Date de clôture", "Étape"),
        *(",", "\u202f", "%d/%m/%Y", ";", ("utf-8",), "Fermée gagnée", ("Élodie Côté",)),
    ),
    Locale(
        ("Номер", "Ответственный", "Сумма", "Дата закрытия", "Стадия"),
        *(",", "\u00a0", "%d.%m.%Y", ";", ("utf-8", "cp1251"), "Выиграна", ("Мария Петрова", "Олег Иванов")),
    ),
)
AMOUNTS = st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=6)
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))


def written(cents: int, locale: Locale, *, is_grouped: bool) -> str:
    """Return an amount as the country writes it."""
    text = f"{abs(cents) // 100:,}" if is_grouped else str(abs(cents) // 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{text.replace(',', locale.grouping)}{locale.decimal}{abs(cents) % 100:02}"


@examples(150)
@given(st.sampled_from(LOCALES), AMOUNTS, st.data(), st.booleans())
def test_tables_of_any_country_are_read_back(
    locale: Locale, amounts: list[int], data: st.DataObject, is_grouped: bool
) -> None:
    days = [data.draw(DAYS) for _ in amounts]
    reps = [data.draw(st.sampled_from(locale.names)) for _ in amounts]
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=locale.separator)
    writer.writerow(locale.head)
    for number, (cents, day, rep) in enumerate(zip(amounts, days, reps, strict=True)):
        amount = written(cents, locale, is_grouped=is_grouped)
        writer.writerow([f"N{number}", rep, amount, day.strftime(locale.day), locale.won])
    content = output.getvalue().encode(data.draw(st.sampled_from(locale.encodings)))
    answers = {"dates": "month" if locale.day.startswith("%m") else "day"}
    choice = dict(answers)
    for _ in range(3):  # an encoding that several words fit is asked about before anything else
        tables = read_tables("deals.csv", content, {"deals.csv": choice})
        preview = parse_files(tables, KnownNames(currency="USD"), {"deals.csv": choice})
        encodings = [question for question in preview.questions if question.key == "encoding"]
        if not encodings:
            break
        right = [
            answer.value for answer in encodings[0].answers if all(rep in content.decode(answer.value) for rep in reps)
        ]
        choice |= {"encoding": right[0]}
    assert (preview.problems, [question.key for question in preview.questions]) == ([], [])
    read = [(deal.arr, deal.signed_on, next(iter(deal.credits)), deal.stage) for deal in preview.deals]
    assert read == [(cents, day, rep, "won") for cents, day, rep in zip(amounts, days, reps, strict=True)]
