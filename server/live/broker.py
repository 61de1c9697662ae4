"""Passes names from whoever changed something to the streams that follow a topic."""

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
"""How often a stream asks whether its person may still follow; a sign-out cuts it within five seconds."""
_RECONNECT_SECONDS = 1.0

IsAllowed = Callable[[], Awaitable[bool]]


def topic_of(slug: str) -> str:
    """Return the topic that the open pages of a proposal subscribe to."""
    return f"proposal-{slug}"


class Subscriber:
    """One open stream: the names that have come in since it last sent any."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.woken = asyncio.Event()

    def notify(self, name: str) -> None:
        """Note a name and wake the stream."""
        self.names.add(name)
        self.woken.set()


class Broker:
    """In one process names go straight to the streams; several processes pass them through PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._across = engine.dialect.name == "postgresql"
        self._followers: dict[str, set[Subscriber]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to pass names on; call it inside the running event loop."""
        self._loop = asyncio.get_running_loop()
        if self._across:
            self._listening = self._loop.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening and wake every stream so that it can end."""
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        self._loop = None
        for followers in list(self._followers.values()):
            for follower in list(followers):
                follower.woken.set()

    def publish(self, topic: str, name: str) -> None:
        """Tell everyone who follows a topic; call it after the commit, from any thread."""
        if self._across:
            with self._engine.connect() as connection:
                message = {"channel": CHANNEL, "payload": f"{topic} {name}"}
                connection.execute(text("SELECT pg_notify(:channel, :payload)"), message)
                connection.commit()
        elif self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, topic, name)

    def _deliver(self, topic: str, name: str) -> None:
        for follower in self._followers.get(topic, ()):
            follower.notify(name)

    async def _listen(self) -> None:
        import psycopg  # noqa: PLC0415 - who serves SQLite need not load it

        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        topic, _, name = notice.payload.rpartition(" ")
                        self._deliver(topic, name)
            except psycopg.OperationalError:
                log.warning("the database does not answer; live updates wait")
                await asyncio.sleep(_RECONNECT_SECONDS)

    @contextlib.contextmanager
    def _following(self, topic: str) -> Iterator[Subscriber]:
        follower = Subscriber()
        self._followers[topic].add(follower)
        try:
            yield follower
        finally:
            self._followers[topic].discard(follower)
            if not self._followers[topic]:
                del self._followers[topic]

    async def subscribe(self, topic: str, allowed: IsAllowed) -> AsyncIterator[str]:
        """Yield names as they come, several at once gathered into one of each; ends when `allowed` says no.

        An empty name is sent when nothing has come for a while, so that a lost connection is noticed.
        """
        with self._following(topic) as follower:
            while self._loop is not None and await allowed():
                try:
                    await asyncio.wait_for(follower.woken.wait(), RECHECK_SECONDS)
                except TimeoutError:
                    yield ""
                    continue
                await asyncio.sleep(GATHER_SECONDS)
                names, follower.names = follower.names, set()
                follower.woken.clear()
                for name in sorted(names):
                    yield name
