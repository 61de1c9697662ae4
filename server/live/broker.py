"""Publishes names of changes to the streams that subscribe to a topic."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from sqlalchemy import Engine, text

log = logging.getLogger("townhall")
CHANNEL = "townhall"
GATHER_SECONDS = 0.25
RECHECK_SECONDS = 4.0
"""How often a stream checks that its person may still subscribe; a sign-out ends it within five seconds."""
_RECONNECT_SECONDS = 1.0

IsAllowed = Callable[[], Awaitable[bool]]


def topic_of(slug: str) -> str:
    """Return the topic that the open pages of a proposal subscribe to."""
    return f"proposal-{slug}"


class Subscriber:
    """One open stream: the names received since it last sent any."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.has_names = asyncio.Event()

    def notify(self, name: str) -> None:
        """Add a name and wake the stream."""
        self.names.add(name)
        self.has_names.set()


class Broker:
    """Delivers names within one process, or through PostgreSQL to all processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._uses_postgresql = engine.dialect.name == "postgresql"
        self._subscribers: dict[str, set[Subscriber]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start delivering; call this inside the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._uses_postgresql:
            self._listener = self._loop.create_task(self._listen())

    async def stop(self) -> None:
        """Stop delivering and wake every stream so that it can end."""
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        self._loop = None
        for subscribers in list(self._subscribers.values()):
            for subscriber in list(subscribers):
                subscriber.has_names.set()

    def publish(self, topic: str, name: str) -> None:
        """Send a name to all subscribers of a topic; call this after the commit, from any thread."""
        if self._uses_postgresql:
            with self._engine.connect() as connection:
                message = {"channel": CHANNEL, "payload": f"{topic} {name}"}
                connection.execute(text("SELECT pg_notify(:channel, :payload)"), message)
                connection.commit()
        elif self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, topic, name)

    def _deliver(self, topic: str, name: str) -> None:
        for subscriber in self._subscribers.get(topic, ()):
            subscriber.notify(name)

    async def _listen(self) -> None:
        import psycopg  # noqa: PLC0415 - not needed with SQLite

        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notification in connection.notifies():
                        topic, _, name = notification.payload.rpartition(" ")
                        self._deliver(topic, name)
            except psycopg.OperationalError:
                log.warning("the database does not respond; live updates are paused")
                await asyncio.sleep(_RECONNECT_SECONDS)

    @contextlib.contextmanager
    def _subscription(self, topic: str) -> Iterator[Subscriber]:
        subscriber = Subscriber()
        self._subscribers[topic].add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers[topic].discard(subscriber)
            if not self._subscribers[topic]:
                del self._subscribers[topic]

    async def subscribe(self, topic: str, allowed: IsAllowed) -> AsyncIterator[str]:
        """Yield names as they arrive, without simultaneous duplicates; end when `allowed` returns False.

        After a few seconds without a name an empty one is yielded, so that a lost connection is noticed.
        """
        with self._subscription(topic) as subscriber:
            while self._loop is not None and await allowed():
                try:
                    await asyncio.wait_for(subscriber.has_names.wait(), RECHECK_SECONDS)
                except TimeoutError:
                    yield ""
                    continue
                await asyncio.sleep(GATHER_SECONDS)
                names, subscriber.names = subscriber.names, set()
                subscriber.has_names.clear()
                for name in sorted(names):
                    yield name
