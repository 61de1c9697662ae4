"""`townhall plan`: reads plans, works their cases and compares them, for people and for continuous integration."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from server.cli.database import fail
from server.comp.analysis.describe import describe
from server.comp.analysis.diff import diff
from server.comp.analysis.lint import LintWarning, lint
from server.comp.analysis.schema import schema
from server.comp.analysis.worked_examples import run_examples
from server.comp.language.diagnostics import Diagnostic, PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan, parse
from server.messages import message

commands = typer.Typer(no_args_is_help=True, help="Read, check and compare plans.")


class PlanFormat(StrEnum):
    """How the answer is printed."""

    text = "text"
    json = "json"


PlanFile = Annotated[Path, typer.Argument(help="a plan, as YAML", exists=True, dir_okay=False)]
Shape = Annotated[PlanFormat, typer.Option("--format", help="text or json")]


@commands.command()
def check(plan: PlanFile, form: Shape = PlanFormat.text) -> None:
    """Read a plan and work its cases: print what is wrong by line, else what it says and what lint finds."""
    read = read_file(plan, form)
    findings = lint(read)
    if form is PlanFormat.json:
        _print_json(
            {
                "plan": read.name,
                "digest": read.digest,
                "problems": [],
                "sentences": [str(sentence) for sentence in describe(read)],
                "findings": [_finding(found) for found in findings],
            }
        )
        return
    print(f"{read.name}: the plan can be read and its cases come out.\n")
    for sentence in describe(read):
        print(f"  {sentence}")
    print()
    for finding in findings:
        print(f"  {'!' if finding.warns else ' '} {finding.sentence}")


@commands.command()
def cases(plan: PlanFile, form: Shape = PlanFormat.text) -> None:
    """Work every case of a plan and print whether it comes out."""
    try:
        read, fields = parse(text_of(plan, form))
    except PlanError as error:
        refuse(plan, error, form)
    worked = run_examples(read, fields)
    if form is PlanFormat.json:
        _print_json(
            [
                {
                    "name": case.name,
                    "line": case.line,
                    "ok": not case.problems,
                    "problems": [_problem(problem) for problem in case.problems],
                }
                for case in worked
            ]
        )
    else:
        for case in worked:
            print(f"{'ok  ' if not case.problems else 'FAIL'} line {case.line}: {case.name}")
            for problem in case.problems:
                print(f"     {problem}")
        print(f"{sum(not case.problems for case in worked)} of {len(worked)} cases come out.")
    if any(case.problems for case in worked):
        raise SystemExit(1)


@commands.command("diff")
def compare(
    old: PlanFile,
    new: Annotated[Path, typer.Argument(help="the plan it became, as YAML", exists=True, dir_okay=False)],
    form: Shape = PlanFormat.text,
) -> None:
    """Print what changed from one plan to another, term by term; ends with 1 when something did."""
    changes = diff(read_file(old, form), read_file(new, form))
    if form is PlanFormat.json:
        _print_json(
            [
                {
                    "path": change.path,
                    "label": str(change.label),
                    "old": _shown(change.old),
                    "new": _shown(change.new),
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
    """Print the language as JSON Schema, for editors; there is no other format."""
    if form is not PlanFormat.json:
        fail("the schema is JSON; leave --format out.", 2)
    _print_json(schema())


def read_file(path: Path, form: PlanFormat = PlanFormat.text) -> Plan:
    """Read a plan from a file, or end the command with all its problems."""
    try:
        return read_plan(text_of(path, form))
    except PlanError as error:
        refuse(path, error, form)


def text_of(path: Path, form: PlanFormat = PlanFormat.text) -> str:
    """Return a file's text, or end the command."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        refuse(path, PlanError([Diagnostic(1, "", message("This is not text in UTF-8."))]), form)


def refuse(path: Path, error: PlanError, form: PlanFormat) -> NoReturn:
    """Print every problem and end the command."""
    if form is PlanFormat.json:
        _print_json({"plan": path.name, "problems": [_problem(problem) for problem in error.problems]})
    else:
        for problem in error.problems:
            print(f"{path.name} {problem}", file=sys.stderr)
    raise SystemExit(1)


def _problem(problem: Diagnostic) -> dict[str, Any]:
    return {
        "line": problem.line,
        "value": problem.value,
        "rule": str(problem.rule),
        "suggestion": str(problem.suggestion) if problem.suggestion else None,
    }


def _finding(found: LintWarning) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "warns": found.warns,
        "sentence": str(found.sentence),
        "cents": list(found.amounts),
    }


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
