"""Casting a pulse vote, and the tally that open pages refresh."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlmodel import Session

from server.documents import queries as document_queries
from server.errors import NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.people.access import CurrentPerson, Voter
from server.voting import queries, service
from server.voting.service import Vote
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import BaseForm
from server.web.responses import is_fragment, see_other

router = APIRouter()


class PulseForm(BaseForm):
    """A choice on a version, with an optional reason."""

    version: Number
    choice: str = Field(default="", max_length=16)
    reason: str = Field(default="", max_length=2000)


@router.post("/proposals/{slug}/candidates/{key}/pulse")
def cast_vote(
    slug: str,
    key: str,
    request: Request,
    viewer: Voter,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[PulseForm, Form()],
) -> Response:
    """Cast a vote, replacing an earlier one."""
    with database.writing() as session:
        service.cast_pulse(session, Vote(slug, form.version, key, form.choice, form.reason), viewer.id)
        session.commit()
    live.publish(topic_of(slug), f"tally-{key}")
    if is_fragment(request):
        with database.reading() as session:
            return _vote_fragment(request, templates, session, slug, key, form.version, viewer.id)
    target = f"/variants/{key}" if key.startswith(document_queries.VARIANT_PREFIX) else f"#candidate-{key}"
    return see_other(f"/proposals/{slug}{target}")


@router.get("/proposals/{slug}/v/{number}/candidates/{key}/tally")
def show_tally(
    slug: str,
    number: Number,
    key: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
) -> HTMLResponse:
    """Show the tally of a version's candidate."""
    version = document_queries.version_ref(session, slug, number)
    if version is None:
        raise NotFoundError
    if not document_queries.candidate_exists(session, version, key):
        raise NotFoundError
    tally = queries.tallies(session, version.version_id).get(key, queries.Tally())
    view = {"tally": tally, "key": key, "slug": slug, "number": number}
    return templates.page(request, "voting/_tally.html", view)


def _vote_fragment(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    slug: str,
    key: str,
    number: int,
    voter_id: int,
) -> HTMLResponse:
    version = document_queries.version_ref(session, slug, number)
    if version is None:
        raise NotFoundError
    vote = queries.my_votes(session, version.proposal_id, number, voter_id).get(key)
    tally = queries.tallies(session, version.version_id).get(key, queries.Tally())
    view = {
        "my_vote": vote,
        "tally": tally,
        "key": key,
        "slug": slug,
        "number": number,
        "is_open": True,
    }
    return templates.page(request, "voting/_vote.html", view)
