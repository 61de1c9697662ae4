"""The stream an open page follows: names of what has changed, for as long as the person may see the page."""

from collections import Counter
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from server.documents import queries
from server.errors import NotFoundError, TooManyError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people.access import CurrentPerson, viewer_of
from server.web.dependencies import DatabaseDep, SettingsDep

router = APIRouter()
_open: Counter[int] = Counter()


class Stream(StreamingResponse):
    """A stream that counts as open from the moment it is promised until it has ended, however it ends."""

    def __init__(self, content: AsyncIterator[str], person: int) -> None:
        super().__init__(content, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        self._person = person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end, then count down."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            _open[self._person] -= 1


@router.get("/live/proposals/{slug}")
async def stream_events(
    slug: str, request: Request, viewer: CurrentPerson, data: DatabaseDep, live: Live, config: SettingsDep
) -> StreamingResponse:
    """Stream the names of what changes on a proposal: tally-a, comments, version, and answering with the thread."""

    def exists() -> bool:
        with data.reading() as session:
            return queries.version_ref(session, slug) is not None

    if not await run_in_threadpool(exists):
        raise NotFoundError
    if _open[viewer.id] >= config.streams_per_person:
        raise TooManyError(message("Too many pages are open at once. Close some of them."))

    def still_allowed() -> bool:
        present = viewer_of(request)
        return present is not None and present.role == viewer.role

    async def allowed() -> bool:
        return await run_in_threadpool(still_allowed)

    async def stream() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for name in live.subscribe(topic_of(slug), allowed):
            event, _, about = name.partition(":")
            yield f"event: {event}\ndata: {about or event}\n\n" if name else ": still here\n\n"

    _open[viewer.id] += 1
    return Stream(stream(), viewer.id)
