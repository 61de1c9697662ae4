"""The stream an open page follows: names of what has changed, for as long as the person may see the page."""

from collections import Counter
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from server.comp.wording import say
from server.errors import NotFoundError, TooManyError
from server.live.broker import Broker
from server.people import service
from server.people.access import CurrentPerson, viewer_of
from server.proposals import queries
from server.web.context import Config, Data

router = APIRouter()
_open: Counter[int] = Counter()


@router.get("/live/proposals/{slug}")
async def follow_proposal(
    slug: str, request: Request, viewer: CurrentPerson, data: Data, config: Config
) -> StreamingResponse:
    """Stream the names of what changes on a proposal: tally-a, comments, version."""

    def exists() -> bool:
        with data.reading() as session:
            return queries.edition(session, slug) is not None

    if not await run_in_threadpool(exists):
        raise NotFoundError
    if _open[viewer.id] >= config.streams_per_person:
        raise TooManyError(say("Too many pages are open at once. Close some of them."))

    def still_allowed() -> bool:
        present = viewer_of(request)
        if present is None or present.role != viewer.role:
            return False
        _keep_awake(data, present.sign_in_id)
        return True

    async def allowed() -> bool:
        return await run_in_threadpool(still_allowed)

    broker: Broker = request.app.state.broker

    async def stream() -> AsyncIterator[str]:
        _open[viewer.id] += 1
        try:
            yield "retry: 2000\n\n"
            async for name in broker.follow(f"proposal-{slug}", allowed):
                yield f"event: {name}\ndata: {name}\n\n" if name else ": still here\n\n"
        finally:
            _open[viewer.id] -= 1

    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


def _keep_awake(data: Data, sign_in_id: int) -> None:
    """Keep the session of somebody with an open page from falling idle; written every few minutes only."""
    with data.reading() as session:
        due = service.is_seen_due(session, sign_in_id)
    if due:
        with data.writing() as session:
            service.note_seen(session, sign_in_id)
            session.commit()
