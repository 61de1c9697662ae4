"""The same plan elsewhere: OpenFisca-core in an environment of its own, and LibreOffice recalculating our workbooks."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from server.comp import book_of, explain, pay, read_plan
from server.comp.calendar import day_of
from server.statements.workbook.book import as_workbook
from server.web.i18n import language
from tests import libreoffice
from tests.bench.engine import WINDOW, Ratio, best, histories, middle
from tests.cast import AHA

MODEL = Path(__file__).parent / "openfisca_model.py"
KEPT = Path(__file__).parent.parent.parent / ".bench" / "openfisca"
HALVES = [read_plan(AHA % {"variable": f"{v},000"}) for v in (50, 56, 60, 64, 70)]
TIMES = 21


def openfisca() -> list[Ratio]:
    """Measure one rep, 100 deals and 5 plans; the figures there are floats and may be cents off."""
    python = KEPT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(KEPT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "openfisca-core"], check=True, capture_output=True)
    [history] = histories(1, 100)
    deals = [[day_of(d.signed), d.arr, day_of(d.aha), day_of(d.churned)] for d in history.in_order()]
    terms = [{"variable": plan.levels[0].variable, "quota": plan.levels[0].quota} for plan in HALVES]
    book = book_of([history])

    def ours() -> list[int]:
        book.period_indexes.clear()
        return [int(pay(book, plan, WINDOW).totals[0]) - plan.levels[0].base for plan in HALVES]

    with tempfile.NamedTemporaryFile("w", suffix=".json") as asked:
        json.dump({"deals": deals, "plans": terms, "times": TIMES}, asked)
        asked.flush()
        answer = json.loads(
            subprocess.run([str(python), str(MODEL), asked.name], check=True, capture_output=True).stdout
        )
    worst = max(abs(theirs - mine) for theirs, mine in zip(answer["totals"], ours(), strict=True))
    assert worst < 50, "the two models are not the same plan"
    single, _ = middle(ours, 200)
    return [
        ("OpenFisca (arrays set) against one rep, 5 plans", answer["seconds"] / single, "x", 20),
        ("OpenFisca (a situation read) against the same", answer["situation"] / single, "x", 20),
    ]


def spreadsheet() -> list[Ratio]:
    """Measure LibreOffice opening, recalculating and saving the workbooks of 1, 10 and 100 reps, less its start."""
    if not libreoffice.program():
        return []
    people = histories(100, 100)
    plan = HALVES[0]
    books = [as_workbook(explain(history, plan, WINDOW), history, plan, language("en")) for history in people]
    empty = as_workbook(explain(histories(1, 0)[0], plan, WINDOW), histories(1, 0)[0], plan, language("en"))
    figures: list[Ratio] = []
    for reps, goal in ((1, 8), (10, 100), (100, 5_000)):
        with tempfile.TemporaryDirectory() as folder:
            libreoffice.recalculated(Path(folder), empty)
            began = time.perf_counter()
            libreoffice.recalculated(Path(folder), empty)
            idle = time.perf_counter() - began
            began = time.perf_counter()
            libreoffice.recalculated(Path(folder), *books[:reps])
            took = time.perf_counter() - began - idle
        book = book_of(people[:reps])

        def ours(asked=book) -> None:  # noqa: ANN001
            asked.period_indexes.clear()
            pay(asked, plan, WINDOW)

        figures.append((f"LibreOffice against pay, {reps} reps, 1 plan", max(took, 0) / best(ours, 5), "x", goal))
    return figures
