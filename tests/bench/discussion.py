"""The conversation measured: posting with readers on the line, fan-out, many comments, a thousand streams."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import insert
from sqlmodel import Session, select

from server.db.columns import new_ulid, now
from server.discussion.models import Comment
from server.documents.models import Proposal
from server.people.service import digest
from server.settings import DEMO_SECRET
from server.web.csrf import form_token
from tests.bench.content import VERSIONS
from tests.bench.servers import Server

Row = tuple[str, float, str, float | None]
READERS, STREAMS, MANY = 50, 1_000, 10_000
POSTS_EACH = 3


class Streams:
    """Open pages of many people: sockets that read the names of what changes."""

    def __init__(self, port: int, slug: str, tokens: Sequence[str], count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        for number in range(count):
            self._open(port, slug, tokens[number % len(tokens)])
        self.wait(b"retry", 30)

    def _open(self, port: int, slug: str, token: str) -> None:
        line = socket.create_connection(("127.0.0.1", port), timeout=30)
        asked = (
            f"GET /live/proposals/{slug} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: __Host-townhall={token}\r\n\r\n"
        )
        line.sendall(asked.encode())
        line.setblocking(False)
        self._selector.register(line, selectors.EVENT_READ)
        self._sockets.append(line)

    def wait(self, word: bytes, patience: float) -> float:
        """Wait until every stream has sent an event; returns the seconds until the last, or raises TimeoutError."""
        began, left = time.perf_counter(), {line.fileno() for line in self._sockets}
        while left:
            if time.perf_counter() - began > patience:
                raise TimeoutError(f"{len(left)} of {len(self._sockets)} streams heard nothing of {word!r}")
            for key, _ in self._selector.select(0.5):
                content = key.fileobj.recv(65_536)  # type: ignore[union-attr] # they are sockets
                if word in content:
                    left.discard(key.fd)
        return time.perf_counter() - began

    def close(self) -> None:
        """Hang up."""
        self._selector.close()
        for line in self._sockets:
            line.close()


@contextmanager
def listening(ours: Server, slug: str, tokens: Sequence[str], count: int) -> Iterator[Streams]:
    """Keep so many streams open until the end of the block."""
    streams = Streams(ours.port, slug, tokens, count)
    try:
        yield streams
    finally:
        streams.close()
        time.sleep(1)


def _post(ours: Server, slug: str, token: str, text: str) -> float:
    fields = urlencode({"version": VERSIONS, "text": text})
    before = dict(ours.headers)
    ours.headers |= {"cookie": f"__Host-townhall={token}", "x-csrf-token": form_token(DEMO_SECRET, digest(token))}
    began = time.perf_counter()
    ours.request("POST", f"/proposals/{slug}/comments", fields, hx_request="true")
    wall = time.perf_counter() - began
    ours.headers = before
    return wall * 1000


def figures(ours: Server, tokens: Sequence[str], empty: float) -> Iterator[Row]:
    """Measure posting alone and with fifty readers, how fast these hear of it, and a thousand streams.

    Times are compared with `empty`, the milliseconds of an empty page of the same application.
    """
    alone = sorted(_post(ours, "busy", token, f"Alone {n}") for n in range(POSTS_EACH) for token in tokens)
    yield "posting a comment: p95 alone, against an empty page", alone[int(len(alone) * 0.95)] / empty, "x", 15
    with listening(ours, "busy", tokens, READERS) as streams:
        walls, heard = [], []
        for number in range(POSTS_EACH):
            for token in tokens:
                walls.append(_post(ours, "busy", token, f"With readers {number}"))
                heard.append(streams.wait(b"comments", 5) * 1000)
        walls.sort()
        yield f"the same with {READERS} readers", walls[int(len(walls) * 0.95)] / empty, "x", 120
        last = sorted(heard)[int(len(heard) * 0.95)]
        yield f"fan-out to {READERS} readers: the last hears, p95 against an empty page", last / empty, "x", 300
    before = ours.memory()
    with listening(ours, "quiet", tokens, STREAMS) as streams:
        taken = ours.memory() - before
        yield f"{STREAMS} streams: memory of each", max(taken, 0) * 1024 / STREAMS, "KB", 40
        _post(ours, "quiet", tokens[0], "To a thousand")
        last = streams.wait(b"comments", 10) * 1000
        yield f"{STREAMS} streams: the last hears, against an empty page", last / empty, "x", 400


def many_comments(session: Session, slug: str, authors: Sequence[int]) -> None:
    """Put threads behind a proposal until there are ten thousand comments."""
    proposal = session.exec(select(Proposal).where(Proposal.slug == slug)).one()
    at: datetime = now()
    rows = [
        {
            "ulid": new_ulid(),
            "proposal_id": proposal.id,
            "version": VERSIONS,
            "author_id": authors[number % len(authors)],
            "markdown": "More words.",
            "html": "<p>More words.</p>",
            "state": "answered",
            "created_at": at,
            "candidate": "",
            "reason": "",
            "revision": 1,
        }
        for number in range(MANY)
    ]
    session.execute(insert(Comment), rows)
    session.commit()
