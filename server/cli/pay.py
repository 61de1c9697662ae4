"""`townhall pay`: a statement from a plan and a file of deals, without any database."""

import json
import sys
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from server.cli.database import fail
from server.cli.plan import PlanFormat as PlanFileFormat
from server.cli.plan import read_file
from server.comp.calendar import MONTHS_IN_YEAR, Window, date_of, day_of, first_day, month_of
from server.comp.explain.rep import explain
from server.comp.history import Deal, History, LevelSince, book_of
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.ranges import quantity
from server.comp.language.units import month
from server.comp.plan import Plan
from server.comp.rounding import share_out
from server.comp.statements import Statement, Step, is_counted
from server.comp.vectorized.pay import pay as pay_fast
from server.deals.models import WHOLE_CREDIT
from server.deals.queries import MILLION
from server.imports.cells import is_empty
from server.imports.csv_reader import UnreadableFileError, read_table
from server.imports.file_types import DEALS
from server.imports.parse import parse_files
from server.imports.parsed import KnownNames, ParsedDeal, ParsedFile, RowProblem
from server.statements.csv import amount, as_csv
from server.web.i18n import language


class PayFormat(StrEnum):
    """How the statement is printed."""

    text = "text"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


def pay(  # noqa: PLR0913, PLR0917 - a command's options
    plan: Annotated[Path, typer.Option(help="a plan, as YAML", exists=True, dir_okay=False)],
    deals: Annotated[Path, typer.Option(help="deals, as CSV", exists=True, dir_okay=False)],
    level: Annotated[str, typer.Option(help="the level held; the plan's first one unless given")] = "",
    rep: Annotated[str, typer.Option(help="whose deals are paid, with their shares; all of them unless given")] = "",
    start: Annotated[str, typer.Option("--from", help="first month to pay, like 2027-01")] = "",
    months: Annotated[int, typer.Option(help="how many months to pay", min=1, max=60)] = MONTHS_IN_YEAR,
    form: Annotated[PayFormat, typer.Option("--format", help="text, json, csv or xlsx")] = PayFormat.text,
    out: Annotated[Path | None, typer.Option(help="where the workbook is written; needed for xlsx")] = None,
) -> None:
    """Print what a plan pays on a file of deals, every amount with its reason.

    The months paid are the plan year that holds the newest signing, unless --from says otherwise.
    """
    read = read_file(plan, PlanFileFormat.json if form is PayFormat.json else PlanFileFormat.text)
    found = _deals(deals, form, rep)
    names = [known.name.casefold() for known in read.levels]
    if level and level.casefold() not in names:
        fail(f"the plan has no level “{level}”; it has {', '.join(known.name for known in read.levels)}.", 2)
    rank = names.index(level.casefold()) if level else 0
    window = Window(_first_month(start, read, found), months)
    history = History("rep", found, (LevelSince(window.first_month, read.levels[rank].name, rank),))
    statement = explain(history, read, window)
    if int(pay_fast(book_of([history]), read, window).totals[0]) != statement.total:
        fail("the two calculations disagree, so no figure is shown; please report this plan.", 3)
    if form is PayFormat.xlsx:
        from server.statements.workbook.book import as_workbook  # noqa: PLC0415 - it loads a library that few need

        if out is None:
            fail("--format xlsx needs --out with the name of a file.", 2)
        try:
            out.write_bytes(as_workbook(statement, history, read, language("en")))
        except OSError as error:
            fail(f"the workbook cannot be written to “{out}”: {error.strerror}.", 2)
    elif form is PayFormat.csv:
        print(as_csv(statement, language("en")), end="")
    elif form is PayFormat.json:
        print(json.dumps(_as_json(statement, read), ensure_ascii=False, indent=1))
    else:
        _print(statement, read)


def _deals(path: Path, form: PayFormat, rep: str) -> tuple[Deal, ...]:
    try:
        table = read_table(path.name, path.read_bytes())
    except UnreadableFileError as error:
        fail(str(error))
    preview = parse_files([table], KnownNames())
    [file] = preview.files
    if file.kind is not None and file.kind is not DEALS:
        fail(f"{path.name} lists {file.kind.name}, not deals; deals have columns for id, amount and date of signing.")
    if preview.problems:
        _refuse(preview.problems, form)
    if file.unused:
        print(f"not used: the columns {', '.join(file.unused)}.", file=sys.stderr)
    averages = _averages(file)
    won = [(found, _turn(found, rep)) for found in preview.deals if found.stage == "won"]
    paid = tuple(_deal(found, turn, averages.get(found.line)) for found, turn in won if turn is not None)
    if rep and not paid:
        fail(f"{path.name} has no won deal of “{rep}”.", 2)
    return paid


def _refuse(problems: list[RowProblem], form: PayFormat) -> NoReturn:
    if form is PayFormat.json:
        listed = [
            {"file": p.file, "line": p.line, "column": p.column, "value": p.value, "fix": str(p.fix)} for p in problems
        ]
        print(json.dumps({"problems": listed}, ensure_ascii=False, indent=1))
    for problem in problems if form is not PayFormat.json else ():
        where = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
        print(f"{problem.file} {where}: “{problem.value}” {problem.fix}", file=sys.stderr)
    raise SystemExit(1)


def _averages(file: ParsedFile) -> dict[int, Fraction]:
    """Return the rep's average stated for each line of a file."""
    found: dict[int, Fraction] = {}
    place = file.mapping.get("rep_average")
    for row in file.table.rows if place is not None else ():
        cell = row.cells[place] if place is not None and place < len(row.cells) else ""
        if not is_empty(cell):
            try:
                found[row.line] = quantity(cell)
            except UnreadableError as error:
                fail(f"{file.table.file} line {row.line}, rep average: “{cell[:40]}” {error.rule}")
            if not 1 <= found[row.line] <= 5:  # noqa: PLR2004 - the survey's scale
                fail(f"{file.table.file} line {row.line}, rep average: “{cell[:40]}” lies outside of 1 to 5.")
    return found


def _turn(found: ParsedDeal, rep: str) -> int | None:
    """Return whose turn it is among those who share a deal; None when the one who is paid is not among them."""
    names = [name.casefold() for name, _ in found.people]
    if rep:
        return names.index(rep.casefold()) if rep.casefold() in names else None
    if len(names) > 1:
        fail(f"deal {found.external_id} on line {found.line} is shared; say with --rep whose pay is asked.", 2)
    return 0


def _deal(found: ParsedDeal, turn: int, average: Fraction | None) -> Deal:
    """Return a deal for the engine, as much of it as is credited."""
    signed, days, more = found.days["signed_on"], found.days, found.more
    if signed is None:
        fail(f"deal {found.external_id} has no date of signing.")
    shares = [share for _, share in found.people] or [WHOLE_CREDIT]
    return Deal(
        id=found.external_id,
        signed=signed,
        arr=share_out(found.arr, shares)[turn],
        term=found.term,
        kind=found.kind,
        product=found.product or "",
        customer=found.customer or "",
        aha=days["aha_on"],
        churned=days["churned_on"],
        paid=days["paid_on"],
        live=days["live_on"],
        rating=found.rating,
        rated=days["rated_on"] or (date_of(day_of(signed) + 90) if found.rating else None),
        rep_average=average,
        is_whole=found.arr if len(shares) > 1 else None,
        segment=more["segment"],
        region=more["region"],
        role=more["role"],
        currency=more["currency"],
        prepaid=bool(more["prepaid"]),
        discount=None if more["discount"] is None else Fraction(more["discount"], MILLION),
        amounts=tuple((name, cents * shares[turn] // WHOLE_CREDIT) for name, cents in sorted(more["amounts"].items())),
    )


def _first_month(start: str, plan: Plan, deals: tuple[Deal, ...]) -> int:
    if start:
        try:
            return month(start)
        except UnreadableError:
            fail(f"--from cannot be “{start}”; write it like 2027-01.", 2)
    newest = max((month_of(deal.signed) for deal in deals), default=plan.year)
    return newest - (newest - plan.year) % MONTHS_IN_YEAR


def _as_json(statement: Statement, plan: Plan) -> dict[str, Any]:
    labels = [str(label) for label in statement.elements.labels]
    window = statement.window

    def line(found: Any) -> dict[str, Any]:
        return {
            "head": labels[found.head],
            "day": found.day.isoformat(),
            "cents": found.cents,
            "state": found.state,
            "counts": is_counted(found, window),
            "why": str(found.step.why),
        }

    def step(found: Step) -> dict[str, Any]:
        return {"rule": str(found.rule), "fired": found.fired, "cents": found.cents, "why": str(found.why)}

    return {
        "plan": plan.name,
        "digest": plan.digest,
        "currency": plan.currency,
        "from": first_day(window.first_month).isoformat(),
        "until": window.ends.isoformat(),
        "total_cents": statement.total,
        "waiting_cents": statement.waiting,
        "levels": [plan.levels[index].name for index in statement.levels],
        "base": [line(found) for found in statement.base],
        "periods": [line(found.line) | {"steps": [step(one) for one in found.steps]} for found in statement.periods],
        "owed_cents": list(statement.owed),
        "deals": [
            {
                "id": deal.deal.id,
                "signed": deal.deal.signed.isoformat(),
                "arr_cents": deal.deal.arr,
                "level": deal.level,
                "commission_cents": deal.commission,
                "steps": [step(one) for one in deal.steps],
                "lines": [line(found) for found in deal.lines],
            }
            for deal in statement.deals
        ],
    }


def _print(statement: Statement, plan: Plan) -> None:
    labels = [str(label) for label in statement.elements.labels]
    sums = [0] * len(labels)
    for found in statement.lines():
        sums[found.element] += found.cents
    print(f"{plan.name}\n{first_day(statement.window.first_month)} to {statement.window.ends}, {plan.currency}\n")
    for deal in statement.deals:
        print(f"{deal.deal.id}  signed {deal.deal.signed}  {amount(deal.deal.arr)}  as {deal.level}")
        for step in deal.steps:
            print(f"    {step.rule!s:<24} {amount(step.cents):>14}  {step.why}")
        for line in deal.lines:
            mark = (
                ""
                if is_counted(line, statement.window)
                else f"  [{line.state if line.state != 'paid' else 'other months'}, not in the total]"
            )
            print(f"    {labels[line.element]:<24} {amount(line.cents):>14}  {line.step.why}{mark}")
    for period in statement.periods:
        print(f"{labels[period.line.element]}  {period.line.day}  {amount(period.line.cents)}")
        for step in period.steps:
            print(f"    {step.rule!s:<24} {amount(step.cents):>14}  {step.why}")
    print()
    for label, cents in zip(labels, sums, strict=True):
        print(f"{label:<28} {amount(cents):>14}")
    print(f"{'Total':<28} {amount(statement.total):>14}")
    if statement.waiting:
        print(f"{'May still come':<28} {amount(statement.waiting):>14}")
