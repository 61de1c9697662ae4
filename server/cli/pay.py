"""`townhall pay`: a statement from a plan and a file of deals, without a database."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from server.cli.database import fail
from server.cli.plan import PlanFormat as PlanFileFormat
from server.cli.plan import read_file
from server.comp import Deal, History, LevelSince, Line, Person, Plan, Statement, Step, Window, book_of, explain
from server.comp import pay as pay_fast
from server.comp.analysis.missing_inputs import best_case, input_label, is_event, missing_inputs
from server.comp.analysis.pay_ratios import pay_ratios
from server.comp.analysis.tier_rows import tier_differences, tier_rows
from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.units import month
from server.comp.mechanics.levels import unmatched
from server.comp.statements import is_counted
from server.deals.conversion import engine_deal, split_of
from server.deals.matching import merged_payments
from server.deals.rows import DealRow
from server.imports.file_types import DEALS
from server.imports.files.tables import UnreadableFileError
from server.imports.files.unpack import read_table
from server.imports.formats import DATES, NUMBERS
from server.imports.parse import parse_files
from server.imports.parsed import ImportPreview, KnownNames, RowProblem
from server.imports.person_facts import levels_of, people_named, person_of
from server.imports.team_facts import as_team_credit, members_of, team_of, without_quota
from server.statements.csv import amount, as_csv
from server.web.i18n import language


class PayFormat(StrEnum):
    """How the statement is printed."""

    text = "text"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


def pay(  # noqa: PLR0913, PLR0917 - a command's options
    plan: Annotated[Path, typer.Option(help="a plan as YAML", exists=True, dir_okay=False)],
    deals: Annotated[Path, typer.Option(help="deals as CSV", exists=True, dir_okay=False)],
    level: Annotated[str, typer.Option(help="the rep's level; by default the plan's first level")] = "",
    rep: Annotated[str, typer.Option(help="the rep whose deals and shares are paid; by default all deals")] = "",
    start: Annotated[str, typer.Option("--from", help="first month to pay, like 2027-01")] = "",
    months: Annotated[int, typer.Option(help="how many months to pay", min=1, max=60)] = MONTHS_IN_YEAR,
    form: Annotated[PayFormat, typer.Option("--format", help="text, json, csv or xlsx")] = PayFormat.text,
    out: Annotated[Path | None, typer.Option(help="the workbook to write; required for xlsx")] = None,
    facts: Annotated[
        list[Path] | None,
        typer.Option(
            help="people, quotas, results, balances, corrections, or events and payments of the deals as CSV;"
            " can be repeated",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Print what a plan pays on a file of deals, every amount with its reason.

    By default the plan year with the latest signing date is paid; --from changes that.
    """
    paid_plan = read_file(plan, PlanFileFormat.json if form is PayFormat.json else PlanFileFormat.text)
    all_deals = _read_deals(deals, form, paid_plan.currency)
    parsed_deals = _deals_of(all_deals, rep)
    rank = _level_rank(paid_plan, level)
    stated = _read_facts(facts or [], form, rep, paid_plan, all_deals)
    if rep and not parsed_deals and not stated.is_named:
        fail(f"{deals.name} has no won deal of “{rep}”, and no file of --facts names them.", 2)
    paid_deals = tuple(_credited_deal(deal, index, stated.events) for deal, index in parsed_deals)
    paid_deals += _team_deals(all_deals, stated)
    window = Window(_first_month(start, paid_plan, paid_deals), months)
    assigned = (LevelSince(window.first_month, paid_plan.levels[rank].name, rank),)
    if unknown := unmatched(paid_plan.levels, stated.levels if not level else assigned, window):
        names = ", ".join(plan_level.name for plan_level in paid_plan.levels)
        fail(f"the plan has no level “{unknown.name}”; it has {names}. Choose one with --level.", 2)
    history = History("rep", paid_deals, stated.levels if stated.levels and not level else assigned, stated.person)
    statement = explain(history, paid_plan, window)
    if int(pay_fast(book_of([history]), paid_plan, window).totals[0]) != statement.total:
        fail("the two calculations differ, so no figures are shown. Please report this plan.", 3)
    if form is PayFormat.xlsx:
        _write_workbook(statement, history, paid_plan, out)
    elif form is PayFormat.csv:
        print(as_csv(statement, language("en"), paid_plan.currency), end="")
    elif form is PayFormat.json:
        print(json.dumps(_as_json(statement, paid_plan), ensure_ascii=False, indent=1))
    else:
        _print(statement, paid_plan)
        _print_missing(history, paid_plan, window)


def _level_rank(plan: Plan, level: str) -> int:
    """Return the index of a level in the plan, 0 for no level; exits if the plan has no such level."""
    names = [plan_level.name for plan_level in plan.levels]
    folded_names = [name.casefold() for name in names]
    if not level:
        return 0
    if level.casefold() not in folded_names:
        fail(f"the plan has no level “{level}”; it has {', '.join(names)}.", 2)
    return folded_names.index(level.casefold())


def _write_workbook(statement: Statement, history: History, plan: Plan, path: Path | None) -> None:
    from server.statements.workbook.book import as_workbook  # noqa: PLC0415 - loads a large library

    if path is None:
        fail("--format xlsx needs --out with the name of a file.", 2)
    try:
        path.write_bytes(as_workbook(statement, history, plan, language("en")))
    except OSError as error:
        fail(f"the workbook cannot be written to “{path}”: {error.strerror}.", 2)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What files state about a rep, the levels held, what happened to deals by number, and the team with its days."""

    person: Person
    levels: tuple[LevelSince, ...]
    is_named: bool
    events: Mapping[str, dict[str, Any]]
    team: Mapping[str, date]


def _read_facts(paths: list[Path], form: PayFormat, rep: str, plan: Plan, deals: Sequence[DealRow[str]]) -> _Facts:
    """Return what files state about the rep and the deals; exits with the files' problems."""
    try:
        tables = [read_table(path.name, path.read_bytes()) for path in paths]
    except UnreadableFileError as error:
        fail(str(error))
    signed = {deal.external_id: [deal.signed_on] for deal in deals}
    known = KnownNames(people=[rep] if rep else (), signing_dates=lambda _: signed, currency=plan.currency)
    preview = parse_files(tables, known)
    _stop_if_unclear(preview, form)
    names = people_named(preview)
    if rep:
        names += [row.manager for row in preview.people if row.manager]
    chosen = next((name for name in names if not rep or name.casefold() == rep.casefold()), "")
    if names and not chosen:
        fail(f"the files of --facts do not name “{rep}”.", 2)
    if len(names) > 1 and not rep:
        fail(f"the files name {len(names)} people. Choose with --rep whose pay to calculate.", 2)
    events: dict[str, dict[str, Any]] = {}
    for number, values in [*preview.events, *preview.payment_events]:
        events.setdefault(number, {}).update(values)
    team = team_of(preview, chosen) if chosen else {}
    unknown = without_quota(preview, team)
    if unknown and any(level.allowance.is_team for level in plan.levels):
        print(f"No file states the quota of {', '.join(unknown)}, so the team quota leaves it out.", file=sys.stderr)
    person = replace(person_of(preview, chosen), team=members_of(preview, team), unknown_quotas=len(unknown))
    return _Facts(person, levels_of(preview, chosen, plan.levels), bool(chosen), events, team)


def _read_deals(path: Path, form: PayFormat, currency: str) -> list[DealRow[str]]:
    """Return the deals of a file; exits with the file's problems."""
    try:
        table = read_table(path.name, path.read_bytes())
    except UnreadableFileError as error:
        fail(str(error))
    preview = parse_files([table], KnownNames(currency=currency))
    [file] = preview.files
    if file.file_type is not None and file.file_type is not DEALS:
        fail(f"{path.name} lists {file.file_type.name}, not deals. Deals have columns for ID, amount and signing date.")
    _stop_if_unclear(preview, form)
    if file.unused_columns:
        print(f"unused columns: {', '.join(file.unused_columns)}.", file=sys.stderr)
    return preview.deals


def _deals_of(deals: Sequence[DealRow[str]], rep: str) -> list[tuple[DealRow[str], int]]:
    """Return the won deals of one rep or all, with the rep's position among those who share each."""
    won = [(deal, _credit_index(deal, rep)) for deal in deals if deal.stage == "won"]
    return [(deal, index) for deal, index in won if index is not None]


_HINTS = {
    NUMBERS: "Write numbers so that they can be read one way, like 1054.50.",
    DATES: "Write days so that they can be read one way, like 2027-01-31.",
    "kind": "Deals have columns for ID, amount and signing date.",
}
_OTHER_HINT = "Correct the file, so that it says only one thing."


def _stop_if_unclear(preview: ImportPreview, form: PayFormat) -> None:
    """Exit if files have problems, or leave open how they are to be read."""
    if preview.problems:
        _print_problems(preview.problems, form)
    for question in preview.questions:
        fail(f"{question.file}: {question.sentence} {_HINTS.get(question.key, _OTHER_HINT)}")


def _print_problems(problems: list[RowProblem], form: PayFormat) -> NoReturn:
    """Print every problem of a file and exit with 1."""
    if form is PayFormat.json:
        rows = [
            {"file": p.file, "line": p.line, "column": p.column, "value": p.value, "fix": str(p.fix)} for p in problems
        ]
        print(json.dumps({"problems": rows}, ensure_ascii=False, indent=1))
    for problem in problems if form is not PayFormat.json else ():
        position = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
        print(f"{problem.file} {position}: “{problem.value}” {problem.fix}", file=sys.stderr)
    raise SystemExit(1)


def _credit_index(deal: DealRow[str], rep: str) -> int | None:
    """Return the index of a rep among those who share a deal, None without a share; exits if unclear."""
    names = [name.casefold() for name in deal.credits]
    if rep:
        return names.index(rep.casefold()) if rep.casefold() in names else None
    if len(names) > 1:
        fail(f"deal {deal.external_id} is shared. Choose with --rep whose pay to calculate.", 2)
    return 0


def _credited_deal(deal: DealRow[str], index: int, events: Mapping[str, dict[str, Any]]) -> Deal:
    """Return a deal for the engine as the person at an index is credited with it, with what happened to it."""
    signed = deal.signed_on
    if signed is None:
        fail(f"deal {deal.external_id} has no signing date.")
    # What happened is by column of the deals table, whose names are those of the facts.
    facts: Any = dict(deal.facts(signed))
    happened = events.get(deal.external_id, {})
    payments = merged_payments(facts["payments"], happened.get("payments", ()))
    role = deal.role_of(list(deal.credits)[index]) if deal.credits else deal.role
    facts = {**facts, **happened, "payments": payments, "role": role}
    return engine_deal(facts, *(split_of(deal.shares, index) if deal.credits else ()))


def _team_deals(deals: Sequence[DealRow[str]], stated: _Facts) -> tuple[Deal, ...]:
    """Return the won deals of a rep's team as team credit."""
    won = [deal for deal in deals if deal.stage == "won" and stated.team]
    whole = ((deal, _credited_deal(deal._replace(credits={}), 0, stated.events)) for deal in won)
    credited = (as_team_credit(parsed, deal, stated.team) for parsed, deal in whole)
    return tuple(deal for deal in credited if deal is not None)


def _first_month(start: str, plan: Plan, deals: tuple[Deal, ...]) -> int:
    """Return the first month to pay: as given, or that of the plan year with the latest signing date."""
    if start:
        try:
            return month(start)
        except UnreadableError:
            fail(f"--from cannot be “{start}”; write it like 2027-01.", 2)
    latest = max((month_of(deal.signed) for deal in deals), default=plan.year)
    return latest - (latest - plan.year) % MONTHS_IN_YEAR


def _as_json(statement: Statement, plan: Plan) -> dict[str, Any]:
    labels = [str(label) for label in statement.elements.labels]
    window = statement.window

    def line_json(line: Line) -> dict[str, Any]:
        return {
            "element": labels[line.element],
            "day": line.day.isoformat(),
            "cents": line.cents,
            "state": line.state,
            "counts": is_counted(line, window),
            "why": str(line.step.why),
        }

    return {
        "plan": plan.name,
        "digest": plan.digest,
        "currency": plan.currency,
        "from": window.calendar.first_day(window.first_month).isoformat(),
        "until": window.ends.isoformat(),
        "total_cents": statement.total,
        "waiting_cents": statement.pending,
        "levels": [plan.levels[index].name for index in statement.levels],
        "base": [line_json(line) for line in statement.base],
        "periods": [
            line_json(period.line) | {"steps": [_step_json(step) for step in period.steps]}
            for period in statement.periods
        ],
        "owed_cents": list(statement.owed),
        "deals": [
            {
                "id": deal.deal.id,
                "signed": deal.deal.signed.isoformat(),
                "arr_cents": deal.deal.own_arr,
                "level": deal.level,
                "commission_cents": deal.commission,
                "steps": [_step_json(step) for step in deal.steps],
                "lines": [line_json(line) for line in deal.lines],
            }
            for deal in statement.deals
        ],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {"rule": str(step.rule), "fired": step.fired, "cents": step.cents, "why": str(step.why)}


def _print(statement: Statement, plan: Plan) -> None:
    labels = [str(label) for label in statement.elements.labels]
    totals = [0] * len(labels)
    for line in statement.lines():
        totals[line.element] += line.cents
    window = statement.window
    print(f"{plan.name}\n{window.calendar.first_day(window.first_month)} to {window.ends}, {plan.currency}\n")
    for deal in statement.deals:
        print(f"{deal.deal.id}  signed {deal.deal.signed}  {amount(deal.deal.own_arr)}  as {deal.level}")
        _print_steps(deal.steps)
        for line in deal.lines:
            reason = f"{line.step.why}{_uncounted_note(line, statement.window)}"
            print(f"    {labels[line.element]:<24} {amount(line.cents):>14}  {reason}")
    for period in statement.periods:
        print(f"{labels[period.line.element]}  {period.line.day}  {amount(period.line.cents)}")
        _print_steps(period.steps)
    print()
    for label, cents in zip(labels, totals, strict=True):
        print(f"{label:<28} {amount(cents):>14}")
    print(f"{'Total':<28} {amount(statement.total):>14}")
    if statement.pending:
        print(f"{'Pending':<28} {amount(statement.pending):>14}")
    for row in tier_rows(statement, plan):
        print(row.sentence(plan.currency))
    for sentence in tier_differences(statement, plan) if statement.tiers else ():
        print(sentence)
    for sentence in pay_ratios(statement, plan.currency).sentences(plan.currency):
        print(sentence)


def _print_missing(history: History, plan: Plan, window: Window) -> None:
    """Print what the plan pays on and no file states, and what it would pay if all events had happened."""
    missing = missing_inputs(plan, history, frozenset(), window)
    names = ", ".join(str(input_label(name)) for name in missing)
    if missing and all(is_event(name) for name in missing):
        total = int(pay_fast(book_of([best_case(history, missing)]), plan, window).totals[0])
        print(f"Not stated: {names}. If all of it had happened at signing, the total would be {amount(total)}.")
    elif missing:
        print(f"Not stated, so pay that depends on it is not included: {names}.")


def _print_steps(steps: Iterable[Step]) -> None:
    for step in steps:
        print(f"    {step.rule!s:<24} {amount(step.cents):>14}  {step.why}")


def _uncounted_note(line: Line, window: Window) -> str:
    """Return why a line is not in the total; "" if it is."""
    if is_counted(line, window):
        return ""
    return f"  [{line.state if line.state != 'paid' else 'other months'}, not in the total]"
