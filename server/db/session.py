"""Reading and writing sessions; on SQLite writers queue in a fair order instead of racing for the lock."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from server.db.engine import WRITES


class FifoLock:
    """A first-in, first-out lock. SQLite's own busy wait is unfair and can take seconds."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._is_held = False

    def acquire(self) -> None:
        """Wait for the lock and take it."""
        with self._mutex:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Event()
            self._queue.append(turn)
        turn.wait()

    def release(self) -> None:
        """Release the lock to the next in the queue."""
        with self._mutex:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._is_held = False


class WritingSession(Session):
    """A session that writes; the page cache records what it changes and counts it with the commit."""


class Database:
    """An engine, and the reading and writing sessions on it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._write_lock = FifoLock()
        self._writing_engine = engine.execution_options(**{WRITES: True})
        self.shared: dict[str, Any] = {}
        """The `info` of every writing session."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read-only session."""
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    def give_way(self, session: Session) -> None:
        """Commit what a writing session has done so far, and let those who wait write before it goes on."""
        session.commit()
        if self._is_sqlite:
            self._write_lock.release()
            self._write_lock.acquire()

    def parts(self, session: Session) -> Callable[[int], None]:
        """Return what to call between two parts of a long write with the number of rows written: it gives way."""
        return lambda _written: self.give_way(session)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that may write. The caller commits; without a commit everything is rolled back."""
        if self._is_sqlite:
            self._write_lock.acquire()
        try:
            with WritingSession(self._writing_engine, expire_on_commit=False, info=self.shared) as session:
                yield session
        finally:
            if self._is_sqlite:
                self._write_lock.release()
