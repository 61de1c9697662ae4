"""Sessions that read and sessions that write; writers on SQLite queue up fairly instead of racing for the lock."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from server.db.engine import WRITES


class FifoLock:
    """A lock that serves in the order of arrival; SQLite's own waiting is a lottery with tails of seconds."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def acquire(self) -> None:
        """Wait for one's turn."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        """Let the next one in."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class WritingSession(Session):
    """A session that notes what it stirs, and counts it with the commit."""


class Database:
    """An engine and the ways to use it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._turnstile = FifoLock()
        self._writing_engine = engine.execution_options(**{WRITES: True})
        self.shared: dict[str, Any] = {}
        """What every writing session finds in its `info`."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads."""
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that may write; whoever opened it commits. Leaving it without a commit undoes all."""
        if self._is_sqlite:
            self._turnstile.acquire()
        try:
            with WritingSession(self._writing_engine, expire_on_commit=False, info=self.shared) as session:
                yield session
        finally:
            if self._is_sqlite:
                self._turnstile.release()
