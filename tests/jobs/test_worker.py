"""The worker does what is due, misses nothing, and is not stopped by a task that fails."""

import threading
import time

import pytest

from server.db.session import Database
from server.jobs.worker import Worker
from tests.conftest import House


def test_it_does_everything_that_is_due_and_ends(house: House) -> None:
    due, done, woken = [1, 2, 3], [], threading.Event()

    def task(_: Database) -> bool:
        if not due:
            woken.set()
            return False
        done.append(due.pop(0))
        return True

    worker = Worker(house.database, [task])
    worker.start()
    assert woken.wait(5)
    assert done == [1, 2, 3]
    woken.clear()
    due.append(4)
    worker.wake()
    assert woken.wait(5)
    assert done == [1, 2, 3, 4]
    worker.stop()
    worker.stop()


def test_a_sweep_finds_what_nobody_woke_it_for(house: House) -> None:
    found = threading.Event()
    calls: list[float] = []

    def task(_: Database) -> bool:
        calls.append(time.monotonic())
        if len(calls) > 2:
            found.set()
        return False

    worker = Worker(house.database, [task], sweep=0.02)
    worker.start()
    assert found.wait(5)
    worker.stop()


def test_a_failing_task_stops_no_other_and_tells_no_words(house: House, caplog: pytest.LogCaptureFixture) -> None:
    done: list[bool] = []

    def broken(_: Database) -> bool:
        raise RuntimeError("private words")

    def fine(_: Database) -> bool:
        done.append(True)
        return False

    Worker(house.database, [broken, fine]).do_all()
    assert done == [True]
    assert "RuntimeError" in caplog.text
    assert "private words" not in caplog.text
