"""What an import says on the command line: how the files were read, what they change, questions and counts."""

from dataclasses import asdict, fields
from typing import Any

from server.cli.counts import counted
from server.deals.service import WriteResult
from server.imports.file_types import LEFT_OUT
from server.imports.parsed import MAX_EXAMPLES, MAX_SHOWN, ImportPreview
from server.imports.service import ImportCounts
from server.imports.summary import won_summaries

ALWAYS_COUNTED = ("people", "customers", "products", "deals")
"""Types of file whose counts are printed even where no file has any."""


def preview_json(preview: ImportPreview, imported: ImportCounts | None, *, is_written: bool) -> dict[str, Any]:
    """Return a preview and what was written, or would be, as plain values."""
    return {
        "files": [
            {
                "file": file.table.file,
                "kind": file.file_type.name if file.file_type else None,
                "rows": len(file.table.rows),
                "encoding": file.table.encoding,
                "columns": dict(file.mapped_columns),
                "unused": file.unused_columns,
                "left_out_lines": [row.line for row in file.table.left_out],
            }
            for file in preview.files
        ],
        "stages": preview.stages,
        "won_deals": [summary.as_json() for summary in won_summaries(preview)],
        "changes": [asdict(change) for change in preview.changes],
        "person_changes": [asdict(change) for change in preview.person_changes],
        "notes": [str(note) for note in (*preview.notes, *preview.notes_on_names)],
        "questions": [
            {
                "file": question.file,
                "key": question.key,
                "question": str(question.sentence),
                "answers": [
                    {"value": answer.value, "label": str(answer.label), "details": str(answer.details)}
                    for answer in question.answers
                ],
            }
            for question in preview.questions
        ],
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "value": problem.value,
                "fix": str(problem.fix),
            }
            for problem in preview.problems
        ],
        "is_imported": imported is not None and is_written,
        "counts": asdict(imported) if imported else None,
    }


def print_counts(imported: ImportCounts) -> None:
    """Print the rows of each type: people, customers, products and deals always, others where a file had some."""
    for name in (field.name for field in fields(imported)):
        result: WriteResult = getattr(imported, name)
        if name in ALWAYS_COUNTED or result != WriteResult():
            print(f"{name:<10} {result.added:>7} new {result.changed:>7} changed {result.same:>7} unchanged")


def print_preview(preview: ImportPreview) -> None:
    """Print how the files were read, with notes and problems."""
    _print_files(preview)
    if preview.stages:
        print(
            "stages     " + ", ".join(f"{stage or '(empty)'} = {meaning}" for stage, meaning in preview.stages.items())
        )
    if preview.respellings:
        print("names      " + ", ".join(f"{spelling} is {name}" for spelling, name in preview.respellings.items()))
    for won in won_summaries(preview):
        amounts = [f"{cents / 100:,.2f}" for cents in (won.total, won.smallest, won.largest)]
        print(
            f"won deals  {won.count:,} in {won.currency or 'no currency'}, {amounts[0]} in all, from {amounts[1]} to"
            f" {amounts[2]}, signed {won.first or 'earlier'} to {won.last or 'earlier'}"
        )
    _print_changes(preview)
    for note in (*preview.notes, *preview.notes_on_names):
        print(f"note       {note}")
    for alike in preview.problem_groups[:MAX_SHOWN]:
        first, column = alike.first, f", {alike.first.column}" if alike.first.column else ""
        if len(alike.problems) == 1:
            print(f"problem    {first.file} line {first.line}{column}: “{first.value}” {first.fix}")
            continue
        cells = ", ".join(f"line {problem.line} “{problem.value}”" for problem in alike.examples)
        more = f" and {len(alike.problems) - MAX_EXAMPLES} more" if len(alike.problems) > MAX_EXAMPLES else ""
        print(f"problem    {first.file}{column}: {cells}{more}: {first.fix}")
    if len(preview.problem_groups) > MAX_SHOWN:
        print(f"           and {len(preview.problem_groups) - MAX_SHOWN} more")


def _print_files(preview: ImportPreview) -> None:
    for file in preview.files:
        unknown = "left out" if file.choice.get("kind") == LEFT_OUT else "not recognized"
        file_type = file.file_type.name if file.file_type else unknown
        row_count = counted(len(file.table.rows), "row")
        print(f"{file.table.file}: {file_type}, {row_count}, {file.table.encoding}")
        if file.mapped_columns:
            print("  columns  " + ", ".join(f"{column} = {name}" for column, name in file.mapped_columns))
        if file.unused_columns:
            print("  not used " + ", ".join(file.unused_columns))


def _print_changes(preview: ImportPreview) -> None:
    for of_person in preview.person_changes[:MAX_SHOWN]:
        kept = " (not changed: the only admin)" if of_person.is_kept else ""
        print(f"person     {of_person.name}: {of_person.what} {of_person.before} -> {of_person.after}{kept}")
    if len(preview.person_changes) > MAX_SHOWN:
        print(f"           and {len(preview.person_changes) - MAX_SHOWN} more")
    for change in preview.changes[:MAX_SHOWN]:
        customer = f" ({change.customer})" if change.customer else ""
        what = f"stays {change.before}, the file has" if change.is_kept else f"{change.before}, now"
        print(f"changed    {change.number}{customer}: {change.what} {what} {change.after}")
    if len(preview.changes) > MAX_SHOWN:
        print(f"           and {len(preview.changes) - MAX_SHOWN} more")


def print_questions(preview: ImportPreview) -> None:
    """Print what the files leave open, with the answers and what the files would say with them."""
    for question in preview.questions:
        print(f"question   {question.file}: {question.sentence}")
        for option in question.answers:
            print(f"           {question.key}: {option.value} - {option.details}")
