"""The queue: wakes whoever works, once what is to be done has been committed, and looks at everything every minute.

Two engines stand behind it: huey in the process that serves an embedded database, procrastinate on PostgreSQL, where
any number of processes work. What is due is never in the queue, so a queue that is lost loses nothing.
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
    """Wakes whoever works."""

    def start(self) -> None:
        """Begin to take wishes and, where this process works, to work; what was due before is done at once."""

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Ask for a task, now or at a moment; failing to is no failure, because the sweep comes every minute."""

    def stop(self) -> None:
        """End after what is being done."""


def open_queue(database: Database, chores: Registry, *, works: bool = True) -> Queue:
    """Return the queue that goes with a database, and let its sessions reach it; `works` says who does the work."""
    queue: Queue
    if database.engine.dialect.name == "postgresql":
        from server.jobs.procrastinate_queue import ProcrastinateQueue  # noqa: PLC0415 - each engine is loaded where it is used

        queue = ProcrastinateQueue(database.engine, chores, works=works)
    else:
        from server.jobs.huey_queue import HueyQueue  # noqa: PLC0415

        queue = HueyQueue(chores)
    database.shared[QUEUE] = queue
    return queue


def prepare(database: Database) -> None:
    """Make what the queue of a database needs; raises SettingsError where that is not allowed."""
    if database.engine.dialect.name == "postgresql":
        from server.jobs.procrastinate_queue import ensure_schema  # noqa: PLC0415 - as above

        ensure_schema(database.engine)


def enqueue(session: Session, task: TaskName, at: datetime | None = None) -> None:
    """Let a task be done once this transaction is committed, or at a moment after it; several wishes are one.

    One that was made in a part that is undone is harmless: the task finds nothing.
    """
    session.info.setdefault(_DUE, set()).add((task, at))


@event.listens_for(WritingSession, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():  # a part of a transaction that may still be undone
        return
    wishes: set[tuple[TaskName, datetime | None]] = session.info.pop(_DUE, set())
    queue: Queue | None = session.info.get(QUEUE)
    if queue is not None:
        for task, at in wishes:
            queue.put(task, at)
