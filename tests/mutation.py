"""`make mutate`: breaks the engine in small ways, one at a time, and counts how many of them the tests notice.

A fixed sample of the mutants that cosmic-ray can make is tried in a copy of the tree: MUTANTS=0 tries them all, which
takes many hours. The tests are those of the engine, the quick ones first, with fewer random examples.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkItem

ROOT = Path(__file__).parent.parent
WORDS_ONLY = ("describe", "component_sentences", "terms", "schema", "diagnostics", "__init__")
"""Modules that only choose words are not worth a mutant."""
QUICK = (
    "mechanics",
    "published",
    "corpus",
    "edge_cases",
    "expected_pay",
    "zero_thresholds",
    "vectorized",
    "language",
    "rules",
    "lint",
    "diff",
    "disclosure",
    "bootstrap",
    "describe",
    "schema",
    "calendar",
    "curve_features",
    "currency",
    "exact_figures",
    "level_names",
    "measures",
    "milestones",
    "missing_inputs",
    "own_quotas",
    "part_of_year",
    "plan_text_edit",
    "quota_changes",
    "rearrange",
    "refunds",
    "selections",
    "small_rules",
    "step_order",
    "tier_amounts",
    "week_calendars",
)
SESSION = "mutation.sqlite"
CONFIG = """\
[cosmic-ray]
module-path = {modules}
timeout = 180.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -n0 -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
"""


def prepared(folder: Path) -> None:
    """Copy what the engine and its tests need, and write the configuration there."""
    ignored = shutil.ignore_patterns("__pycache__", "vendor", "*.db")
    for name in ("server", "tests", "docs", "seed", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    modules = [
        str(path.relative_to(folder))
        for path in sorted((folder / "server" / "comp").rglob("*.py"))
        if path.stem not in WORDS_ONLY
    ]
    tests = [f"tests/comp/test_{name}.py" for name in QUICK] + ["tests/comp/test_pay_equals_explain.py"]
    text = CONFIG.format(modules=modules, python=sys.executable, tests=" ".join(tests))
    (folder / "mutation.toml").write_text(text)


def sampled(session: Path, number: int) -> int:
    """Keep a fixed sample of the mutants; return how many there were."""
    with use_db(str(session), WorkDB.Mode.open) as database:
        every = sorted(database.work_items, key=lambda item: item.job_id)
        every.sort(key=lambda item: str(item.mutations))
        if number and number < len(every):
            kept = random.Random(7).sample([item for item in every if _is_fair(item)], number)
            database.clear()
            database.add_work_items(WorkItem.single(item.job_id, item.mutations[0]) for item in kept)
        return len(every)


def _is_fair(item: WorkItem) -> bool:
    """Say whether a test should notice.

    `is` for whole numbers and words, and unfrozen dataclasses, change nothing; limits are one more or less.
    """
    [mutation] = item.mutations
    if mutation.operator_name.endswith(("_Is", "_IsNot")):
        return False
    line = (ROOT / mutation.module_path).read_text().splitlines()[mutation.start_pos[0] - 1]
    is_limit = mutation.operator_name.endswith("NumberReplacer") and re.search(
        r"Many\(|Several\(|words\(|bare\[:|MOST|most=|text=", line
    )
    return not (line.startswith("@dataclass") or is_limit)


def split_mutants(folder: Path, parts: int) -> list[Path]:
    """Copy the tree once for each part, each with its share of the mutants; return the copies."""
    copies = [folder.with_name(f"{folder.name}-{part}") for part in range(parts)]
    for part, copy in enumerate(copies):
        shutil.copytree(folder, copy)
        with use_db(str(copy / SESSION), WorkDB.Mode.open) as database:
            share = sorted(database.work_items, key=lambda item: item.job_id)[part::parts]
            database.clear()
            database.add_work_items(WorkItem.single(item.job_id, item.mutations[0]) for item in share)
    return copies


def report(sessions: list[Path], whole: int) -> None:
    """Print the score, and every mutant that survived."""
    counts: Counter[str] = Counter()
    for session in sessions:
        with use_db(str(session), WorkDB.Mode.open) as database:
            items = {item.job_id: item for item in database.work_items}
            for job, result in database.results:
                killed = result.test_outcome != TestOutcome.SURVIVED
                counts["killed" if killed else "survived"] += 1
                if not killed:
                    [mutation] = items[job].mutations
                    where = f"{mutation.module_path}:{mutation.start_pos[0]} {mutation.operator_name}"
                    print(f"\nsurvived: {where}\n{result.diff}")
    tried = sum(counts.values())
    print(
        f"\n{counts['killed']} of {tried} mutants noticed, {100 * counts['killed'] / max(tried, 1):.1f} % ({whole} in"
        " all)"
    )


def main() -> None:
    """Make the mutants, try a sample of them on every core, and print the score."""
    number = int(os.environ.get("MUTANTS", "150"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tree")
        folder.mkdir()
        prepared(folder)
        environment = {
            **os.environ,
            "FUZZ": os.environ.get("FUZZ", "0.3"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [str(Path(sys.executable).parent / "cosmic-ray")]
        arguments = ["mutation.toml", SESSION]
        tree_environment = environment | {"PYTHONPATH": str(folder)}
        subprocess.run([*command, "init", *arguments], cwd=folder, env=tree_environment, check=True)
        whole = sampled(folder / SESSION, number)
        copies = split_mutants(folder, os.cpu_count() or 1)
        runs = [
            subprocess.Popen([*command, "exec", *arguments], cwd=copy, env=environment | {"PYTHONPATH": str(copy)})
            for copy in copies
        ]
        statuses = [run.wait() for run in runs]
        if any(statuses):
            raise SystemExit("cosmic-ray failed: read its output above, then run again")
        report([copy / SESSION for copy in copies], whole)


if __name__ == "__main__":
    main()
