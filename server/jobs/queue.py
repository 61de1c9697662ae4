"""The queue: wakes a worker when a request for a task is committed, and runs every task once a minute.

On SQLite the worker is threads of the one process, on PostgreSQL procrastinate in any number of processes. What is due
is in each package's tables, never in the queue, so a lost queue loses nothing.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import event
from sqlmodel import Session

from server.db.session import Database, WritingSession
from server.jobs.tasks import Registry, TaskName

QUEUE = "queue"
_DUE = "due"


class Queue(Protocol):
    """Wakes a worker."""

    def start(self) -> None:
        """Begin to accept requests and, where this process runs the worker, run what is already due."""

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Request a task, now or at a time; a request may be lost, because every task runs once a minute."""

    def stop(self) -> None:
        """Stop after the tasks that are running."""


def open_queue(database: Database, registry: Registry, *, run_worker: bool = True) -> Queue:
    """Return the queue for a database and make it reachable from its sessions.

    `run_worker` says whether this process also runs the tasks.
    """
    queue: Queue
    if database.engine.dialect.name == "postgresql":
        from server.jobs.procrastinate_queue import ProcrastinateQueue  # noqa: PLC0415 - load only what is used

        queue = ProcrastinateQueue(database.engine, registry, run_worker=run_worker)
    else:
        from server.jobs.thread_queue import ThreadQueue  # noqa: PLC0415 - as above

        queue = ThreadQueue(registry)
    database.shared[QUEUE] = queue
    return queue


def prepare(database: Database) -> None:
    """Create the tables the queue needs; raises SettingsError if the database user may not."""
    if database.engine.dialect.name == "postgresql":
        from server.jobs.procrastinate_queue import ensure_schema  # noqa: PLC0415 - as above

        ensure_schema(database.engine)


def enqueue(session: Session, task: TaskName, at: datetime | None = None) -> None:
    """Request a task for when this transaction commits, or for a later time; repeated requests count once.

    A request made in a savepoint that is rolled back is harmless: the task finds nothing to do.
    """
    session.info.setdefault(_DUE, set()).add((task, at))


@event.listens_for(WritingSession, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint that may still be rolled back
        return
    requested: set[tuple[TaskName, datetime | None]] = session.info.pop(_DUE, set())
    queue: Queue | None = session.info.get(QUEUE)
    if queue is not None:
        for task, at in requested:
            queue.put(task, at)
