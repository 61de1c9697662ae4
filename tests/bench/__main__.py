"""`make bench`: pages against the ceiling app, and the engine against its exact twin, in one run.

Goals are ratios to a reference that is measured in the same run, since machines differ threefold.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from urllib.parse import urlencode

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.people import queries as people_queries
from server.people.service import digest
from server.settings import DEMO_SECRET, load
from server.web.csrf import form_token
from tests.bench import anchors, comparisons, content, discussion, engine, imports, memory, wiki
from tests.bench.servers import Server, serving
from tests.free_port import free_port

ROOT = Path(__file__).parent.parent.parent
CEILING = ROOT.parent / "shared" / "bench" / "ceiling"
PASSES = 3
LIBRARIES = "babel, fastapi, jinja2, markdown_it, nh3, numpy, pydantic_settings, sqlmodel, uvicorn"
"""What Townhall imports when it starts: the reference for its cold start."""


@dataclass(frozen=True)
class Figure:
    """A measured figure; `met` is empty where there is no goal."""

    name: str
    value: float
    unit: str
    goal: str
    met: bool | None


def at_most(name: str, value: float, unit: str, most: float) -> Figure:
    return Figure(name, round(value, 2), unit, f"at most {most:g}", value <= most)


def at_least(name: str, value: float, unit: str, least: float) -> Figure:
    return Figure(name, round(value, 2), unit, f"at least {least:g}", value >= least)


def as_figure(name: str, value: float, unit: str, goal: float | None) -> Figure:
    return plain(name, value, unit) if goal is None else at_most(name, value, unit, goal)


def plain(name: str, value: float, unit: str) -> Figure:
    return Figure(name, round(value, 2), unit, "", None)


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def get(path: str) -> Callable[[Server], object]:
    return lambda server: server.request("GET", path)


def importing() -> float:
    """Return the seconds of an interpreter that imports the same libraries, on the core of our server."""
    command = ["taskset", "-c", str(1 % (os.cpu_count() or 1)), sys.executable, "-c", f"import {LIBRARIES}"]
    lowest = 1e9
    for _ in range(PASSES):
        began = time.perf_counter()
        subprocess.run(command, check=True)
        lowest = min(lowest, time.perf_counter() - began)
    return lowest


def pages(folder: Path) -> Iterator[Figure]:
    """Measure the pages, each case in three passes with the two servers in turn."""
    url = f"sqlite:///{folder}/townhall.db"
    database = open_engine(load(database_url=url))
    upgrade(database)
    with Database(database).writing() as session:
        tokens = content.fill(session, module(CEILING / "content.py"))
    database.dispose()
    ceiling_url = f"sqlite:///{folder}/ceiling.db"
    fill = {**os.environ, "DB_URL": ceiling_url}
    subprocess.run([sys.executable, str(CEILING / "apps" / "th.py")], env=fill, check=True, capture_output=True)

    theirs_port, ours_port = free_port(), free_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "--app-dir", str(CEILING / "apps"), "th:app", "--log-level", "warning"]
    townhall = [sys.executable, "-m", "server", "serve"]
    ours_settings = {
        "TOWNHALL_DATABASE_URL": url,
        "TOWNHALL_PORT": str(ours_port),
        "TOWNHALL_SECRET_KEY": DEMO_SECRET,
        "TOWNHALL_ENVIRONMENT": "development",
        "TOWNHALL_PUBLIC_URL": f"http://127.0.0.1:{ours_port}",
        "PYTHONPATH": str(ROOT),
        "TOWNHALL_STREAMS_PER_PERSON": "200",
    }
    with (
        serving(
            [*uvicorn, "--port", str(theirs_port)], theirs_port, 0, folder, DB_URL=ceiling_url, GC="freeze", SYNC="FULL"
        ) as theirs,
        serving(townhall, ours_port, 1, folder, **ours_settings) as ours,
    ):
        ours.headers = {
            "cookie": f"__Host-townhall={tokens[0]}",
            "origin": f"http://127.0.0.1:{ours_port}",
            "x-csrf-token": form_token(DEMO_SECRET, digest(tokens[0])),
        }
        started, reference = ours.started_in, importing()
        yield plain("cold start", started, "s")
        yield at_most("cold start against an interpreter that imports the same", started / reference, "x", 1.5)
        yield at_most("memory at rest", ours.memory(), "MB", 100)
        ours.settle()
        empty = typical(ours, "/townhalls")
        yield plain("an empty page of the same app: p50", empty[0], "ms")
        yield from fragments(ours, *empty)
        yield plain("memory after many simulations", ours.memory(), "MB")
        yield from compared(theirs, ours)
        yield from discussed(ours, url, tokens, empty[0])


def discussed(ours: Server, url: str, tokens: list[str], empty: float) -> Iterator[Figure]:
    """Measure the discussion, then the page with twenty times as many comments."""
    for row in discussion.figures(ours, tokens, empty):
        yield as_figure(*row)
    page, older = get("/proposals/busy"), get("/proposals/busy/comments?below=400")
    few = [min(ours.cost(ask)[0] for _ in range(PASSES)) for ask in (page, older)]
    database = open_engine(load(database_url=url))
    with Database(database).writing() as session:
        authors = [key for key, _ in people_queries.active_names(session)]
        discussion.many_comments(session, "busy", authors)
    database.dispose()
    many = [min(ours.cost(ask)[0] for _ in range(PASSES)) for ask in (page, older)]
    names = ("proposal page", "older comments")
    for name, before, after in zip(names, few, many, strict=True):
        yield at_most(f"{name}: {discussion.MANY} more comments against 500", after / before, "x", 1.2)


def fragment(path: str) -> Callable[[Server], object]:
    return lambda server: server.request("GET", path, hx_request="true")


def typical(ours: Server, path: str) -> tuple[float, float]:
    """Return the median and the 95th percentile of a fragment's milliseconds, in the quietest of some passes."""
    walls = min((ours.cost(fragment(path))[1] for _ in range(PASSES)), key=lambda walls: walls[len(walls) // 2])
    return walls[len(walls) // 2], walls[int(len(walls) * 0.95)]


def fragments(ours: Server, empty: float, empty_p95: float) -> Iterator[Figure]:
    """Measure the fragments of the simulator against an empty page of the same app, by the clock."""
    base = "/proposals/quiet/candidates/a"
    cases = (
        ("simulator fragment, 100 deals, 5 plans", f"{base}/simulator?aha=70", 3, 4),
        ("its details, which follows", f"{base}/simulator/details?aha=70", None, 12),
        ("next year, 1,000 draws with its details", f"{base}/next-year", None, 40),
    )
    for name, path, most, most_p95 in cases:
        p50, p95 = typical(ours, path)
        label = f"{name}: p50 against the empty page"
        yield plain(label, p50 / empty, "x") if most is None else at_most(label, p50 / empty, "x", most)
        yield at_most(f"{name}: p95 against the empty page's", p95 / empty_p95, "x", most_p95)


def vote(server: Server) -> object:
    fields = urlencode({"version": content.VERSIONS, "choice": "yes"})
    return server.request("POST", "/proposals/quiet/candidates/a/pulse", fields)


def compared(theirs: Server, ours: Server) -> Iterator[Figure]:
    """Measure pages and a vote against the ceiling app's."""
    cases: list[tuple[str, Callable[[Server], object], Callable[[Server], object], float | None]] = [
        ("proposal page", get("/page-core"), get("/proposals/quiet"), 1.5),
        ("proposal page, 500 comments", get("/c500-page50"), get("/proposals/busy"), 1.5),
        ("history", get("/history50"), get("/proposals/quiet/history"), 1.5),
        ("my pay beside the page (fragment)", get("/page"), get(f"/proposals/quiet/pay?v={content.VERSIONS}"), None),
        ("simulator (whole page)", get("/page"), get("/proposals/quiet/candidates/a/simulator"), None),
        ("vote", lambda server: server.request("POST", "/vote", ""), vote, 1.25),
    ]
    for name, asks_theirs, asks_ours, goal in cases:
        lowest_theirs, lowest_ours, walls = 1e9, 1e9, [1e9]
        for _ in range(PASSES):
            lowest_theirs = min(lowest_theirs, theirs.cost(asks_theirs)[0])
            cost, answer = ours.cost(asks_ours)
            if cost < lowest_ours:
                lowest_ours, walls = cost, answer
        ratio = lowest_ours / lowest_theirs
        yield plain(f"{name}: ceiling", lowest_theirs, "CPU ms")
        yield plain(f"{name}: Townhall", lowest_ours, "CPU ms")
        yield plain(f"{name}: p50 / p95", walls[len(walls) // 2], f"ms / {walls[int(len(walls) * 0.95)]:.1f} ms")
        yield at_most(f"{name}: ratio", ratio, "x", goal) if goal else plain(f"{name}: ratio", ratio, "x")


def all_figures(folder: Path) -> Iterator[Figure]:
    """Measure everything, one figure after the other."""
    if CEILING.is_dir():
        yield from pages(folder)
    for rows in (engine.ratios, comparisons.openfisca, comparisons.spreadsheet):
        for name, value, unit, goal in rows():
            yield at_least(name, value, unit, goal)
    for row in chain(engine.times(), wiki.figures(), anchors.figures(), imports.figures(), memory.figures()):
        yield as_figure(*row)


def main() -> None:
    """Print each figure as it is measured, and write all of them."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for figure in all_figures(Path(folder)):
            figures.append(figure)
            met = "" if figure.met is None else ("met" if figure.met else "NOT MET")
            print(f"{figure.name:<68} {figure.value:>10} {figure.unit:<18} {figure.goal:<14} {met}", flush=True)
    target = ROOT / ".bench"
    target.mkdir(exist_ok=True)
    (target / "latest.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=1))


if __name__ == "__main__":
    main()
