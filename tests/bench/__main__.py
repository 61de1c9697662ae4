"""`make bench`: the pages against the ceiling app in one run, and the engine against its exact twin."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
from tests.bench import comparisons, content, discussion, engine, wiki
from tests.bench.servers import Server, serving
from tests.free_port import free_port

ROOT = Path(__file__).parent.parent.parent
CEILING = ROOT.parent / "shared" / "bench" / "ceiling"
PASSES = 3


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
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def get(path: str) -> Callable[[Server], object]:
    return lambda server: server.request("GET", path)


def pages(folder: Path) -> list[Figure]:
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
        start = [at_most("cold start", ours.started_in, "s", 1.5), at_most("memory at rest", ours.memory(), "MB", 100)]
        ours.settle()
        own = fragments(ours)
        found = [*start, *own, plain("memory after many simulations", ours.memory(), "MB"), *compared(theirs, ours)]
        return [*found, *talked(ours, url, tokens)]


def talked(ours: Server, url: str, tokens: list[str]) -> list[Figure]:
    """Measure the conversation, then the page with twenty times as many comments."""
    found = [as_figure(*row) for row in discussion.figures(ours, tokens)]
    page, older = get("/proposals/busy"), get("/proposals/busy/comments?below=400")
    few = [min(ours.cost(ask)[0] for _ in range(PASSES)) for ask in (page, older)]
    database = open_engine(load(database_url=url))
    with Database(database).writing() as session:
        authors = [key for key, _ in people_queries.active_names(session)]
        discussion.many_comments(session, "busy", authors)
    database.dispose()
    many = [min(ours.cost(ask)[0] for _ in range(PASSES)) for ask in (page, older)]
    names = ("proposal page", "older comments")
    return found + [
        at_most(f"{name}: {discussion.MANY} more comments against 500", after / before, "x", 1.2)
        for name, before, after in zip(names, few, many, strict=True)
    ]


def fragment(path: str) -> Callable[[Server], object]:
    return lambda server: server.request("GET", path, hx_request="true")


def fragments(ours: Server) -> list[Figure]:
    """Measure the fragments of the simulator against an empty page of the same app, by the clock."""
    base = "/proposals/quiet/candidates/a"

    def lowest(path: str) -> list[float]:
        return min((ours.cost(fragment(path))[1] for _ in range(PASSES)), key=lambda walls: walls[len(walls) // 2])

    asked = ("/townhalls", f"{base}/simulator?aha=70", f"{base}/simulator/picture?aha=70", f"{base}/next-year")
    found = [lowest(path) for path in asked]
    p50 = [walls[len(walls) // 2] for walls in found]
    p95 = [walls[int(len(walls) * 0.95)] for walls in found]
    return [
        plain("an empty page of the same app: p50", p50[0], "ms"),
        at_most("simulator fragment, 100 deals, 5 plans: p50 against it", p50[1] / p50[0], "x", 3),
        at_most("simulator fragment: p95", p95[1], "ms", 60),
        plain("its picture, which follows: p50 against the empty page", p50[2] / p50[0], "x"),
        at_most("its picture: p95", p95[2], "ms", 60),
        at_most("next year, 1,000 draws with its picture: p95", p95[3], "ms", 200),
    ]


def vote(server: Server) -> object:
    fields = urlencode({"version": content.VERSIONS, "choice": "yes"})
    return server.request("POST", "/proposals/quiet/candidates/a/pulse", fields)


def compared(theirs: Server, ours: Server) -> list[Figure]:
    cases: list[tuple[str, Callable[[Server], object], Callable[[Server], object], float | None]] = [
        ("proposal page", get("/page-core"), get("/proposals/quiet"), 1.5),
        ("proposal page, 500 comments", get("/c500-page50"), get("/proposals/busy"), 1.5),
        ("history", get("/history50"), get("/proposals/quiet/history"), 1.5),
        ("my pay beside the page (fragment)", get("/page"), get(f"/proposals/quiet/pay?v={content.VERSIONS}"), None),
        ("simulator (whole page)", get("/page"), get("/proposals/quiet/candidates/a/simulator"), None),
        ("vote", lambda server: server.request("POST", "/vote", ""), vote, 1.25),
    ]
    figures = []
    for name, asks_theirs, asks_ours, goal in cases:
        lowest_theirs, lowest_ours, walls = 1e9, 1e9, [1e9]
        for _ in range(PASSES):
            lowest_theirs = min(lowest_theirs, theirs.cost(asks_theirs)[0])
            cost, found = ours.cost(asks_ours)
            if cost < lowest_ours:
                lowest_ours, walls = cost, found
        ratio = lowest_ours / lowest_theirs
        figures += [
            plain(f"{name}: ceiling", lowest_theirs, "CPU ms"),
            plain(f"{name}: Townhall", lowest_ours, "CPU ms"),
            plain(f"{name}: p50 / p95", walls[len(walls) // 2], f"ms / {walls[int(len(walls) * 0.95)]:.1f} ms"),
            at_most(f"{name}: ratio", ratio, "x", goal) if goal else plain(f"{name}: ratio", ratio, "x"),
        ]
    return figures


def main() -> None:
    """Measure, print and write."""
    with tempfile.TemporaryDirectory() as folder:
        figures = pages(Path(folder)) if CEILING.is_dir() else []
    figures += [at_least(name, value, unit, goal) for name, value, unit, goal in engine.ratios()]
    figures += [at_least(name, value, unit, goal) for name, value, unit, goal in comparisons.openfisca()]
    figures += [at_least(name, value, unit, goal) for name, value, unit, goal in comparisons.spreadsheet()]
    figures += [at_most(name, value, unit, goal) for name, value, unit, goal in engine.times()]
    figures += [as_figure(*row) for row in wiki.figures()]
    for figure in figures:
        met = "" if figure.met is None else ("met" if figure.met else "NOT MET")
        print(f"{figure.name:<52} {figure.value:>10} {figure.unit:<18} {figure.goal:<14} {met}")
    target = ROOT / ".bench"
    target.mkdir(exist_ok=True)
    (target / "latest.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=1))


if __name__ == "__main__":
    main()
