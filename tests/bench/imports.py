"""Imports of many deals against csv.reader and one executemany into a bare table, in the same run and process.

Each size is measured in a process of its own, whose peak memory is that of the import.
"""

import csv
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.deals.models import Product
from server.imports import service
from server.settings import load

SIZES = (10_000, 100_000)
HEAD = ("id", "rep", "account", "stage", "close date", "amount", "type")


def figures() -> list[tuple[str, float, str, float | None]]:
    """Return the ratios of an import and its preview, peak memory, the longest wait of others, and the growth."""
    found = {size: _measured(size) for size in SIZES}
    small, large = (found[size] for size in SIZES)
    return [
        ("import of 100,000 deals against csv and executemany", large["whole"] / large["reference"], "x", 6),
        ("preview of 100,000 deals against their import", large["preview"] / large["whole"], "x", 0.5),
        ("import of 100,000 deals, peak memory", large["memory"], "MB", 300),
        ("import of 100,000 deals, longest wait of others", large["wait"] * 1000, "ms", 250),
        ("import of 100,000 deals against ten of 10,000", large["whole"] / small["whole"] / 10, "x", 1.2),
    ]


def _measured(size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.imports", str(size)], capture_output=True, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _write(path: Path, size: int) -> None:
    draw = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for number in range(size):
            stage = "Closed Won" if number % 3 else "Closed Lost"
            day = f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}"
            amount = f"{draw.uniform(1, 100_000):.2f}"
            writer.writerow(
                [f"X{number}", f"Rep {number % 200}", f"Account {number % 5000}", stage, day, amount, "New Business"]
            )


def _reference(path: Path, folder: Path) -> float:
    began = time.process_time()
    database = sqlite3.connect(folder / "bare.db")
    database.execute(f"create table deals ({', '.join('abcdefg')})")
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    database.executemany("insert into deals values (?, ?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    return time.process_time() - began


def measure(size: int) -> dict[str, float]:
    """Import a file of so many deals into an empty database and return seconds, megabytes and the longest wait."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "deals.csv"
        _write(path, size)
        reference = _reference(path, folder)
        settings = load(database_url=f"sqlite:///{folder / 'townhall.db'}")
        engine = open_engine(settings)
        upgrade(engine)
        database = Database(engine)
        waits, is_done = [0.0], threading.Event()

        def write_too() -> None:
            while not is_done.is_set():
                began = time.perf_counter()
                with database.writing() as session:
                    session.add(Product(name=f"Product {began}"))
                    session.commit()
                waits.append(time.perf_counter() - began)
                is_done.wait(0.05)

        began = time.process_time()
        tables = service.read_paths([path])
        with database.reading() as session:
            preview = service.preview_import(session, tables, source="bench")
        previewed = time.process_time()
        other = threading.Thread(target=write_too)
        other.start()
        with database.writing() as session:
            service.apply_import(session, preview, "bench", give_way=database.parts(session))
            session.commit()
        done = time.process_time()
        is_done.set()
        other.join()
        engine.dispose()
    return {
        "reference": reference,
        "preview": previewed - began,
        "whole": done - began,
        "wait": max(waits),
        "memory": _peak_memory(),
    }


def _peak_memory() -> float:
    """Return the peak of this program in megabytes; getrusage counts that of the process which started it, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
