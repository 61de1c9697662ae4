"""Casting and withdrawing a pulse vote, and the tally that open pages refresh."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents import stages
from server.documents.access import DOCUMENT_ACCESS
from server.documents.queries import VersionRef
from server.errors import NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.people.access import CurrentPerson, Voter
from server.people.queries import company_today
from server.voting import queries, service
from server.voting.service import Vote
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import BaseForm
from server.web.responses import is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


class VersionForm(BaseForm):
    """The version that a vote is about."""

    version: Number
    version_id: Number = 0


class PulseForm(VersionForm):
    """A choice on a version, with an optional reason."""

    choice: str = Field(default="", max_length=16)
    reason: str = Field(default="", max_length=2000)


class VoteRequest:
    """A request to change the viewer's vote on a candidate."""

    def __init__(
        self,
        slug: str,
        key: str,
        request: Request,
        viewer: Voter,
        database: DatabaseDep,
        templates: TemplatesDep,
        live: Live,
    ) -> None:
        self.slug, self.key, self.viewer = slug, key, viewer
        self._request, self._database, self._templates, self._live = request, database, templates, live

    def change(self, number: int, change: Callable[[Session], object], *, is_withdrawn: bool = False) -> Response:
        """Change the vote on a version, refresh open pages, and show the vote: as a fragment where it was asked for."""
        with self._database.writing() as session:
            change(session)
            session.commit()
        self._live.publish(topic_of(self.slug), f"tally-{self.key}")
        if not is_fragment(self._request):
            is_variant = self.key.startswith(document_queries.VARIANT_PREFIX)
            target = f"/variants/{self.key}" if is_variant else f"#candidate-{self.key}"
            return see_other(f"/proposals/{self.slug}{target}")
        with self._database.reading() as session:
            version = _version(session, self.slug, number)
            votes = queries.my_votes(session, version.proposal_id, number, self.viewer.id)
            view = {
                "my_vote": votes.get(self.key),
                "voted": queries.voted_names(votes, number),
                "tally": queries.tallies(session, version.version_id).get(self.key, queries.Tally()),
                "key": self.key,
                "slug": self.slug,
                "number": number,
                "version_id": version.version_id,
                "is_open": True,
                "is_withdrawn": is_withdrawn,
            }
            return self._templates.page(self._request, "voting/_vote.html", view)


VoteRequestDep = Annotated[VoteRequest, Depends()]


@router.post("/proposals/{slug}/candidates/{key}/pulse")
def cast_vote(vote_request: VoteRequestDep, form: Annotated[PulseForm, Form()]) -> Response:
    """Cast a vote, replacing an earlier one."""
    vote = Vote(vote_request.slug, form.version, vote_request.key, form.choice, form.reason, form.version_id)
    return vote_request.change(form.version, lambda session: service.cast_pulse(session, vote, vote_request.viewer.id))


@router.post("/proposals/{slug}/candidates/{key}/pulse/withdraw")
def withdraw_vote(vote_request: VoteRequestDep, form: Annotated[VersionForm, Form()]) -> Response:
    """Withdraw a vote."""
    slug, key, voter_id = vote_request.slug, vote_request.key, vote_request.viewer.id
    return vote_request.change(
        form.version,
        lambda session: service.withdraw(session, Vote(slug, form.version, key, version_id=form.version_id), voter_id),
        is_withdrawn=True,
    )


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
    """Show the tally of a version's candidate; who can vote and has not is shown none."""
    version = _version(session, slug, number)
    if not document_queries.candidate_exists(session, version, key):
        raise NotFoundError
    if viewer.can_vote and _can_vote_now(session, version, key, viewer.id):
        return templates.page(request, "voting/_no_results.html", {"key": key})
    tally = queries.tallies(session, version.version_id).get(key, queries.Tally())
    view = {"tally": tally, "key": key, "slug": slug, "number": number}
    return templates.page(request, "voting/_tally.html", view)


def _version(session: Session, slug: str, number: int) -> VersionRef:
    version = document_queries.version_ref(session, slug, number)
    if version is None:
        raise NotFoundError
    return version


def _can_vote_now(session: Session, version: VersionRef, key: str, voter_id: int) -> bool:
    """Return whether a vote on a candidate of this version is open and the voter has not cast one."""
    votes = queries.my_votes(session, version.proposal_id, version.number, voter_id)
    if f"voted {key}" in queries.voted_names(votes, version.number) or version.number != version.current:
        return False
    return stages.is_open(document_queries.redesign_of(session, version.proposal_id), company_today(session))
