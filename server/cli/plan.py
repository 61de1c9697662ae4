"""`townhall plan`: checks plans, runs their cases and compares them, by hand or in CI."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from server.audit.service import record
from server.cli.counts import counted
from server.cli.database import fail, open_database
from server.comp import Diagnostic, LintWarning, Plan, PlanError, describe, diff, lint, read_plan
from server.comp.analysis.lint import currency_warnings
from server.comp.analysis.schema import schema
from server.comp.analysis.worked_examples import ExampleResult, run_examples
from server.comp.plan import parse
from server.deals.queries import won_currencies
from server.messages import message
from server.people.queries import company_today
from server.plan_editor.audience import NewPlanEdit
from server.plan_editor.form import PlanEdit
from server.plans_in_force import queries as plan_queries
from server.plans_in_force import service as plan_service

commands = typer.Typer(no_args_is_help=True, help="Read, check and compare plans.")


class PlanFormat(StrEnum):
    """How the result is printed."""

    text = "text"
    json = "json"


PlanFile = Annotated[Path, typer.Argument(help="a plan as YAML", exists=True, dir_okay=False)]
Shape = Annotated[PlanFormat, typer.Option("--format", help="text or json")]


@commands.command()
def check(plan: PlanFile, form: Shape = PlanFormat.text) -> None:
    """Check a plan: print its problems by line, or else its description and warnings."""
    checked_plan = read_file(plan, form)
    warnings = lint(checked_plan)
    if form is PlanFormat.json:
        _print_json(
            {
                "plan": checked_plan.name,
                "digest": checked_plan.digest,
                "problems": [],
                "sentences": [str(sentence) for sentence in describe(checked_plan)],
                "findings": [_warning_json(warning) for warning in warnings],
            }
        )
        return
    print(f"{checked_plan.name}: the plan is valid and its cases are correct.\n")
    for sentence in describe(checked_plan):
        print(f"  {sentence}")
    print()
    for warning in warnings:
        print(f"  {'!' if warning.is_warning else ' '} {warning.sentence}")


@commands.command()
def cases(
    plans: Annotated[list[Path], typer.Argument(help="plans as YAML", exists=True, dir_okay=False)],
    form: Shape = PlanFormat.text,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="the same as --format json")] = False,
) -> None:
    """Run every case of one or more plans, and print whether each expected figure is what is computed."""
    form = PlanFormat.json if as_json else form
    results: list[tuple[Path, ExampleResult]] = []
    errors: list[tuple[Path, PlanError]] = []
    for path in plans:
        try:
            results += [(path, example) for example in run_examples(*parse(text_of(path, form)))]
        except PlanError as error:
            errors.append((path, error))
    if form is PlanFormat.json:
        _print_json([_example_json(path, example) for path, example in results] + [_error_json(*e) for e in errors])
    else:
        _print_cases(results, errors)
    if errors or any(example.problems for _, example in results):
        raise SystemExit(1)


def _print_cases(results: Sequence[tuple[Path, ExampleResult]], errors: Sequence[tuple[Path, PlanError]]) -> None:
    several = len({path for path, _ in [*results, *errors]}) > 1
    for path, example in results:
        location = f"{path} line {example.line}" if several else f"line {example.line}"
        print(f"{'ok  ' if not example.problems else 'FAIL'} {location}: {example.name}")
        for problem in example.problems:
            print(f"     {problem}")
    for path, error in errors:
        for problem in error.problems:
            print(f"townhall: {path} {problem}", file=sys.stderr)
    correct_count = sum(not example.problems for _, example in results)
    print(f"{correct_count} of {counted(len(results), 'case')} correct.")


def _example_json(path: Path, example: ExampleResult) -> dict[str, Any]:
    return {
        "file": str(path),
        "name": example.name,
        "line": example.line,
        "ok": not example.problems,
        "figures": [
            {
                "name": figure.name,
                "expected": figure.expected,
                "computed": str(figure.computed),
                "equal": figure.is_equal,
            }
            for figure in example.figures
        ],
        "problems": [_problem_json(problem) for problem in example.problems],
    }


def _error_json(path: Path, error: PlanError) -> dict[str, Any]:
    return {"file": str(path), "ok": False, "problems": [_problem_json(problem) for problem in error.problems]}


@commands.command("diff")
def compare(
    old: PlanFile,
    new: Annotated[Path, typer.Argument(help="the plan to compare it with, as YAML", exists=True, dir_okay=False)],
    form: Shape = PlanFormat.text,
) -> None:
    """Print the changes from one plan to another, term by term; exits with 1 if there are any."""
    changes = diff(read_file(old, form), read_file(new, form))
    if form is PlanFormat.json:
        _print_json(
            [
                {
                    "path": change.path,
                    "label": str(change.label),
                    "old": _text_or_none(change.old),
                    "new": _text_or_none(change.new),
                    "unit": change.unit,
                    "material": change.material,
                    "sentence": str(change.sentence),
                }
                for change in changes
            ]
        )
    else:
        for change in changes:
            print(f"{change.sentence}{'' if change.material else '  (wording only)'}")
        if not changes:
            print("Nothing changed.")
    if changes:
        raise SystemExit(1)


@commands.command("schema")
def print_schema(form: Shape = PlanFormat.json) -> None:
    """Print the JSON Schema of the plan language, for editors."""
    if form is not PlanFormat.json:
        fail("the schema is always JSON; leave out --format.", 2)
    _print_json(schema())


def read_file(path: Path, form: PlanFormat = PlanFormat.text) -> Plan:
    """Return the plan of a file; exits with all its problems if it is invalid."""
    try:
        return read_plan(text_of(path, form))
    except PlanError as error:
        refuse(path, error, form)


def text_of(path: Path, form: PlanFormat = PlanFormat.text) -> str:
    """Return a file's text; exits if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        refuse(path, PlanError([Diagnostic(1, "", message("This file is not UTF-8 text. Save it as UTF-8."))]), form)


def refuse(path: Path, error: PlanError, form: PlanFormat) -> NoReturn:
    """Print every problem and exit with 1."""
    if form is PlanFormat.json:
        _print_json({"plan": path.name, "problems": [_problem_json(problem) for problem in error.problems]})
    else:
        for problem in error.problems:
            print(f"{path.name} {problem}", file=sys.stderr)
    raise SystemExit(1)


def _problem_json(problem: Diagnostic) -> dict[str, Any]:
    return {
        "line": problem.line,
        "value": problem.value,
        "rule": str(problem.rule),
        "suggestion": str(problem.suggestion) if problem.suggestion else None,
    }


def _warning_json(warning: LintWarning) -> dict[str, Any]:
    return {
        "kind": warning.kind,
        "warns": warning.is_warning,
        "sentence": str(warning.sentence),
        "cents": list(warning.amounts),
    }


@commands.command("put-in-force")
def put_in_force(  # noqa: PLR0913 - a command's options
    plan: PlanFile,
    since: Annotated[str, typer.Option("--from", help="the plan's first day, like 2027-01-01")],
    *,
    until: Annotated[str, typer.Option(help="its last day, if it has one")] = "",
    title: Annotated[list[str] | None, typer.Option(help="pays reps with this job title; may be repeated")] = None,
    level: Annotated[list[str] | None, typer.Option(help="pays reps at this level; may be repeated")] = None,
    region: Annotated[list[str] | None, typer.Option(help="pays reps in this region; may be repeated")] = None,
    person: Annotated[list[str] | None, typer.Option(help="pays this person, by name or address; repeat it")] = None,
    map_level: Annotated[
        list[str] | None, typer.Option(help="HELD=LEVEL: people at HELD are paid as the plan's LEVEL; repeat it")
    ] = None,
    note: Annotated[str, typer.Option(help="why, for the history")] = "",
) -> None:
    """Put a plan in force for an audience, by default for all reps, and print whom it pays."""
    text = text_of(plan, PlanFormat.text)
    mapping = dict(pair.partition("=")[::2] for pair in map_level or ())
    if not all(mapping.values()):
        fail("--map-level needs HELD=LEVEL, like --map-level 'Junior=AE'", 2)
    chosen = {"title": tuple(title or ()), "level": tuple(level or ()), "region": tuple(region or ())}
    edit = NewPlanEdit(PlanEdit(text), since, until, chosen, "\n".join(person or ()), note, mapping)
    with open_database() as data, data.writing() as session:
        try:
            new = edit.new_plan(session)
            replaced = plan_service.replaced_by(session, new)
            row = plan_service.put_in_force(session, new, level_mapping=mapping)
        except PlanError as error:
            refuse(plan, error, PlanFormat.text)
        covered = plan_queries.coverage(session, row, max(company_today(session), row.since))
        warnings = currency_warnings(read_plan(row.text), won_currencies(session))
        name = read_plan(row.text).name
        record(session, "plan put in force", None, name, f"/plans/{row.ulid}", since=str(row.since))
        session.commit()
    print(f"{read_plan(row.text).name} is in force from {row.since}.")
    print(f"It pays {counted(len(covered.people), 'rep')}.")
    for name in replaced:
        print(f"From that day on it takes the place of “{name}”, which had the same audience.")
    for name, count in covered.paid_by_others.items():
        print(f"{counted(count, 'rep')} in its audience: paid by “{name}”.")
    if not covered.people and not covered.paid_by_others:
        print("townhall: no rep is in its audience now; check --title, --level, --region and --person", file=sys.stderr)
    for warning in warnings:
        print(warning.sentence)
    for held, count in covered.unknown_levels.items():
        print(
            f"{counted(count, 'rep')} at level “{held}”, which the plan does not have. Use --map-level '{held}=LEVEL'."
        )


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
