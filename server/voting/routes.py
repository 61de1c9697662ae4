"""Casting a pulse vote, and the tally that open pages refresh."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents import stages
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


class VersionForm(BaseForm):
    """The version that a vote is about."""

    version: Number


class PulseForm(VersionForm):
    """A choice on a version, with an optional reason."""

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
    return _vote_or_page(request, database, templates, slug, key, form.version, viewer.id)


@router.post("/proposals/{slug}/candidates/{key}/pulse/withdraw")
def withdraw_vote(
    slug: str,
    key: str,
    request: Request,
    viewer: Voter,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[VersionForm, Form()],
) -> Response:
    """Withdraw a vote."""
    with database.writing() as session:
        service.withdraw(session, slug, form.version, key, viewer.id)
        session.commit()
    live.publish(topic_of(slug), f"tally-{key}")
    return _vote_or_page(request, database, templates, slug, key, form.version, viewer.id, is_withdrawn=True)


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
    if viewer.can_vote and not _has_voted_or_cannot(session, version, key, viewer.id):
        return templates.page(request, "voting/_no_results.html", {"key": key})
    tally = queries.tallies(session, version.version_id).get(key, queries.Tally())
    view = {"tally": tally, "key": key, "slug": slug, "number": number}
    return templates.page(request, "voting/_tally.html", view)


def _has_voted_or_cannot(session: Session, version: document_queries.VersionRef, key: str, voter_id: int) -> bool:
    """Return whether a voter has voted on a candidate of this version, or can no longer do so."""
    vote = queries.my_votes(session, version.proposal_id, version.number, voter_id).get(key)
    if (vote is not None and vote.version == version.number) or version.number != version.current:
        return True
    redesign = document_queries.redesign_of(session, version.proposal_id)
    return not stages.is_open(redesign, stages.company_today(session))


def _vote_or_page(
    request: Request,
    database: DatabaseDep,
    templates: TemplatesDep,
    slug: str,
    key: str,
    number: int,
    voter_id: int,
    *,
    is_withdrawn: bool = False,
) -> Response:
    """Return the vote as it is now in a page that asked for it, or go to the page that shows it."""
    if not is_fragment(request):
        target = f"/variants/{key}" if key.startswith(document_queries.VARIANT_PREFIX) else f"#candidate-{key}"
        return see_other(f"/proposals/{slug}{target}")
    with database.reading() as session:
        version = document_queries.version_ref(session, slug, number)
        if version is None:
            raise NotFoundError
        votes = queries.my_votes(session, version.proposal_id, number, voter_id)
        tally = queries.tallies(session, version.version_id).get(key, queries.Tally())
        view = {
            "my_vote": votes.get(key),
            "voted": queries.voted_names(votes, number),
            "tally": tally,
            "key": key,
            "slug": slug,
            "number": number,
            "is_open": True,
            "is_withdrawn": is_withdrawn,
        }
        return templates.page(request, "voting/_vote.html", view)
