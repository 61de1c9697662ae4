"""The queue on SQLite: threads of the server process that run requested tasks, and every task once a minute.

Requests are kept in memory only. What is due is in each package's tables, so a lost request costs at most a minute.
"""

import heapq
import threading
import time
from datetime import datetime

from server.db.columns import now
from server.jobs.tasks import Registry, TaskName

_THREADS = 2
"""Two, so that mail does not wait while the pay of the whole company is computed."""
_GRACE_SECONDS = 8
"""How long a running task may delay the end of the process; then it is cut off and runs again after the next start."""
_SWEEP_SECONDS = 60


class ThreadQueue:
    """Requests in memory, run by threads of this process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._changed = threading.Condition()
        self._requested: list[TaskName] = []
        self._scheduled: list[tuple[datetime, TaskName]] = []
        self._next_sweep = 0.0
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the threads and run every task once."""
        self._registry.begin()
        self._next_sweep = time.monotonic()
        self._threads = [
            threading.Thread(target=self._work, name=f"townhall-worker-{number}", daemon=True)
            for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Request a task, now or at a time; a task that is already requested is not requested twice."""
        if not self._threads or task not in self._registry.names:
            return
        with self._changed:
            if at is not None:
                heapq.heappush(self._scheduled, (at, task))
            elif task not in self._requested:
                self._requested.append(task)
            self._changed.notify()

    def stop(self) -> None:
        """Stop the threads after the task each is running, or when the grace period is over."""
        self._registry.end()
        with self._changed:
            threads, self._threads = self._threads, []
            self._changed.notify_all()
        deadline = time.monotonic() + _GRACE_SECONDS
        for thread in threads:
            thread.join(timeout=max(deadline - time.monotonic(), 0))

    def _work(self) -> None:
        while (task := self._next()) is not None:
            self._registry.do(task)

    def _next(self) -> TaskName | None:
        """Wait for a request and return it, or None when the queue stops."""
        with self._changed:
            while self._threads:
                self._request_due()
                if self._requested:
                    return self._requested.pop(0)
                self._changed.wait(self._seconds_until_due())
            return None

    def _request_due(self) -> None:
        """Request what is scheduled until now, and every task when a minute has passed since the last sweep."""
        due: list[TaskName] = []
        while self._scheduled and self._scheduled[0][0] <= now():
            due.append(heapq.heappop(self._scheduled)[1])
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_SECONDS
            due += self._registry.names
        self._requested += [task for task in dict.fromkeys(due) if task not in self._requested]

    def _seconds_until_due(self) -> float:
        until_sweep = self._next_sweep - time.monotonic()
        if not self._scheduled:
            return max(until_sweep, 0)
        return max(min(until_sweep, (self._scheduled[0][0] - now()).total_seconds()), 0)
