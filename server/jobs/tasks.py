"""The background tasks by name, and how they run.

What is due is in the database, written in the transaction that made it necessary, and every task can run
twice without harm. So a killed process loses nothing, and processes only have to agree on who claims what.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from server.db.session import Database
from server.jobs.models import TaskFailure

log = logging.getLogger("townhall")

PublishEvent = Callable[[str, str], None]
"""Publishes an event, such as "version", to the open pages of a topic."""
Task = Callable[[Database], bool]
"""Does one thing that is due, in its own transactions; returns whether there was one."""


class TaskName(StrEnum):
    """The names of the tasks in a queue."""

    impact = "impact"
    scheduled_drafts = "drafts"
    postponed_comments = "postponed_comments"
    anonymous_comments = "anonymous_comments"
    search = "search"
    mail = "mail"
    chat = "chat"
    account_mail = "account_mail"
    leavers = "leavers"
    audiences = "audiences"
    imports = "imports"


class Registry:
    """The tasks of an application; each runs until nothing is due."""

    def __init__(self, database: Database, tasks: Mapping[TaskName, Task]) -> None:
        self._database, self._tasks = database, tasks
        self._stopping = threading.Event()
        self._without_failure: set[TaskName] = set()

    @property
    def names(self) -> tuple[TaskName, ...]:
        """The names of the tasks; there is none for mail without a mail server."""
        return tuple(self._tasks)

    def do(self, name: TaskName) -> None:
        """Run a task until nothing is due; an error is logged and kept, and stops no other task."""
        task = self._tasks[name]
        try:
            while not self._stopping.is_set() and task(self._database):
                pass
        except Exception as error:  # noqa: BLE001 - the task runs again within a minute
            # The message of the error is not logged: it may quote a person's text or pay.
            log.error("a task failed: %s in %s", type(error).__name__, name)  # noqa: TRY400
            self._keep_failure(name, type(error).__name__)
        else:
            if name not in self._without_failure:
                self._keep_failure(name, "")

    def _keep_failure(self, name: TaskName, error: str) -> None:
        """Keep that a task failed, or no longer does; without the database there is nowhere to."""
        try:
            with self._database.writing() as session:
                session.execute(delete(TaskFailure).where(col(TaskFailure.name) == name))
                if error:
                    session.add(TaskFailure(name=name, error=error))
                session.commit()
        except SQLAlchemyError as unavailable:
            log.warning("the failure of %s was not kept: %s", name, type(unavailable).__name__)
            return
        self._without_failure.discard(name) if error else self._without_failure.add(name)

    def do_all(self) -> None:
        """Run every task until nothing is due."""
        for name in self._tasks:
            self.do(name)

    def begin(self) -> None:
        """Allow tasks to run."""
        self._stopping.clear()

    def end(self) -> None:
        """Stop every task after what it is doing."""
        self._stopping.set()
