"""The queue of an embedded database: huey's consumer in threads of the process that serves.

Its storage is memory: what is due stands in our own tables and the start looks at all of them, so a file would only
cost a write to the disk for every wish, and would be one more thing to back up.
"""

import logging
import threading
from datetime import datetime

from huey import MemoryHuey, crontab
from huey.consumer import Consumer

from server.jobs.tasks import Registry, TaskName

_THREADS = 2
"""Mail does not wait until the pay of a whole company is worked out."""
_GRACE_SECONDS = 8
"""For so long a task that is being done keeps the process from ending; then it is cut off, and done again."""
_SOONEST, _LATEST = 0.02, 0.25
"""Seconds between two looks at the queue, growing while it is empty."""


class _QuietConsumer(Consumer):  # type: ignore[misc] # it carries no types
    """A consumer beside a server, which keeps the signals to itself."""

    def _set_signal_handlers(self) -> None:
        pass


class HueyQueue:
    """Wishes in memory, done by threads of this process."""

    def __init__(self, chores: Registry) -> None:
        self._chores = chores
        self._huey = MemoryHuey("townhall", results=False)
        self._do = self._huey.task(name="do")(self._taken)
        self._huey.periodic_task(crontab(minute="*"), name="sweep")(self._sweep)
        self._waiting: set[TaskName] = set()
        self._guard = threading.Lock()
        self._consumer: Consumer | None = None
        logging.getLogger("huey").setLevel(logging.WARNING)

    def start(self) -> None:
        """Start the threads, and look at everything once."""
        self._chores.begin()
        self._consumer = _QuietConsumer(
            self._huey,
            workers=_THREADS,
            initial_delay=_SOONEST,
            max_delay=_LATEST,
            check_worker_health=False,
            shutdown_timeout=_GRACE_SECONDS,
        )
        self._consumer.start()
        self._sweep()

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Ask for a task; one that waits already is not asked for twice."""
        if self._consumer is None or task not in self._chores.names:
            return
        if at is not None:
            self._do.schedule((task,), eta=at)
            return
        with self._guard:
            if task in self._waiting:
                return
            self._waiting.add(task)
        self._do(task)

    def stop(self) -> None:
        """Stop the threads after what they are doing."""
        if self._consumer is not None:
            self._chores.end()
            self._consumer.stop(graceful=True)
            self._consumer = None

    def _taken(self, task: TaskName) -> None:
        with self._guard:
            self._waiting.discard(task)
        self._chores.do(task)

    def _sweep(self) -> None:
        for task in self._chores.names:
            self.put(task, None)
