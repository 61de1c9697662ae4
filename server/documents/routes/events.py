"""The event stream of an open page: names of what changed, for as long as the viewer may see the page."""

from collections import Counter
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from server.documents import queries
from server.documents.access import DOCUMENT_ACCESS
from server.errors import NotFoundError, TooManyError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people.access import CurrentPerson, viewer_of
from server.web.dependencies import DatabaseDep, SettingsDep

router = APIRouter(dependencies=DOCUMENT_ACCESS)
_open_streams: Counter[int] = Counter()
"""Number of open streams by person id."""


class EventStream(StreamingResponse):
    """A stream that is counted as open until it has ended, however it ends."""

    def __init__(self, content: AsyncIterator[str], person_id: int) -> None:
        super().__init__(content, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        self._person_id = person_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end, then count the stream as closed."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            _open_streams[self._person_id] -= 1


@router.get("/live/proposals/{slug}")
async def stream_events(
    slug: str, request: Request, viewer: CurrentPerson, database: DatabaseDep, live: Live, settings: SettingsDep
) -> StreamingResponse:
    """Stream the names of what changes on a proposal: tally-a, comments, version, answering with a comment id."""

    def exists() -> bool:
        with database.reading() as session:
            return queries.version_ref(session, slug) is not None

    if not await run_in_threadpool(exists):
        raise NotFoundError
    if _open_streams[viewer.id] >= settings.streams_per_person:
        raise TooManyError(message("You have too many pages open. Close some of them."))

    def may_still_read() -> bool:
        current = viewer_of(request)
        if current is None or current.role != viewer.role:
            return False
        with database.reading() as session:
            return not queries.hidden_redesigns(session, current) & {queries.redesign_at(session, slug=slug)}

    async def is_allowed() -> bool:
        return await run_in_threadpool(may_still_read)

    async def stream() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for name in live.subscribe(topic_of(slug), is_allowed):
            event, _, ulid = name.partition(":")
            yield f"event: {event}\ndata: {ulid or event}\n\n" if name else ": still here\n\n"

    _open_streams[viewer.id] += 1
    return EventStream(stream(), viewer.id)
