"""A thread that does what is due: woken when something has been put down, and by a sweep that misses nothing.

What is to be done stands in the database, written in the transaction that made it necessary, and every task can be
done twice without harm. So a worker that is killed loses nothing, and processes only have to agree on who takes what.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from server.db.session import Database

log = logging.getLogger("townhall")
SWEEP_SECONDS = 30.0

Tell = Callable[[str, str], None]
"""Tells open pages of a channel that something happened."""
Task = Callable[[Database], bool]
"""Does one thing that is due, in transactions of its own; says whether it found any."""


class Worker:
    """One thread for all tasks of a process."""

    def __init__(self, database: Database, tasks: Sequence[Task], *, sweep: float = SWEEP_SECONDS) -> None:
        self._database, self._tasks, self._sweep = database, tasks, sweep
        self._due = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work; what was due before the start is found by the first sweep."""
        self._ending = False
        self._due.set()
        self._thread = threading.Thread(target=self._work, name="townhall-worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that something has been put down."""
        self._due.set()

    def stop(self) -> None:
        """End after the task that is being done."""
        self._ending = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _work(self) -> None:
        while not self._ending:
            self._due.wait(self._sweep)
            self._due.clear()
            self.do_all()

    def do_all(self) -> None:
        """Do everything that is due now."""
        found = True
        while found and not self._ending:
            found = False
            for task in self._tasks:
                found = self._done(task) or found

    def _done(self, task: Task) -> bool:
        try:
            return task(self._database)
        except Exception as error:  # noqa: BLE001 - a task that fails must not stop the others
            # The words of an error may quote what somebody typed or is paid.
            log.error("a task failed: %s in %s", type(error).__name__, task.__module__)  # noqa: TRY400
            return False
