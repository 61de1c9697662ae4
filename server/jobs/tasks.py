"""What is done in the background, by name.

What is to be done stands in the database, written in the transaction that made it necessary, and every task can be
done twice without harm. So whoever is killed meanwhile loses nothing, and processes only have to agree on who takes
what.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum

from server.db.session import Database

log = logging.getLogger("townhall")

PublishEvent = Callable[[str, str], None]
"""Tells open pages of a channel that something happened."""
Task = Callable[[Database], bool]
"""Does one thing that is due, in transactions of its own; says whether it found any."""


class TaskName(StrEnum):
    """What the tasks are called in a queue."""

    impact = "impact"
    scheduled_drafts = "drafts"
    postponed_comments = "postponed_comments"
    anonymous_comments = "anonymous_comments"
    search = "search"
    mail = "mail"
    chat = "chat"


class Registry:
    """The tasks of an application, and how they are done: until nothing is due any more."""

    def __init__(self, database: Database, tasks: Mapping[TaskName, Task]) -> None:
        self._database, self._tasks = database, tasks
        self._ending = threading.Event()

    @property
    def names(self) -> tuple[TaskName, ...]:
        """Which tasks there are: without a mail server there is none for mail."""
        return tuple(self._tasks)

    def do(self, name: TaskName) -> None:
        """Do everything of a task that is due now; a failure is written down and stops no other task."""
        task = self._tasks[name]
        try:
            while not self._ending.is_set() and task(self._database):
                pass
        except Exception as error:  # noqa: BLE001 - the sweep comes back to it
            # The words of an error may quote what somebody typed or is paid.
            log.error("a task failed: %s in %s", type(error).__name__, name)  # noqa: TRY400

    def do_all(self) -> None:
        """Do everything that is due now."""
        for name in self._tasks:
            self.do(name)

    def begin(self) -> None:
        """Let tasks go on."""
        self._ending.clear()

    def end(self) -> None:
        """Let every task end after the thing that it is doing."""
        self._ending.set()
