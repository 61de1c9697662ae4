"""Taking up a suggestion."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from server.live.broker import Broker
from server.people.access import Manager
from server.people.forms import Nothing
from server.publishing.suggestions import take_up
from server.web.answers import go
from server.web.context import Data

router = APIRouter()


@router.post("/comments/{ulid}/take-up")
def take_up_suggestion(
    ulid: str, request: Request, viewer: Manager, data: Data, form: Annotated[Nothing, Form()]
) -> Response:
    """Put what a comment suggests into my draft, and go there."""
    del form
    with data.writing() as session:
        desk = take_up(session, ulid, viewer)
        slug, edit = desk.proposal.slug, desk.edit
        session.commit()
    broker: Broker = request.app.state.broker
    broker.tell(f"proposal-{slug}", "comments")
    return go(request, edit)
