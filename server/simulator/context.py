"""Which plan a simulator screen is about: today's plan, or a candidate of a proposal's current version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from server.books.offers import Offer, load_offers, offer_of_variant
from server.books.own_book import OwnBook, own_book
from server.comp.analysis.own_quotas import OwnQuotas
from server.documents import queries as document_queries
from server.documents.queries import ProposalSummary, VersionRef
from server.errors import NotFoundError, UnexplainedFigureError
from server.people.access import PaidViewer
from server.people.queries import Viewer
from server.simulator.forms import AssumptionsForm, parse_assumptions
from server.simulator.projection import UnexplainedError
from server.simulator.simulation import Simulation, simulate
from server.web.dependencies import ReadSession
from server.web.read_routes import PageRequest


@dataclass(frozen=True, slots=True)
class SimulatorContext:
    """The offers to compare, the key of the one on screen, and the viewer's book.

    `book` is None if the company has no data, `version` if there is no published proposal. `others` are the other
    proposals that concern the viewer, on the page of today's plan.
    """

    viewer: Viewer
    version: VersionRef | None
    offers: list[Offer]
    key: str
    book: OwnBook | None
    others: Sequence[ProposalSummary] = ()

    @property
    def base_url(self) -> str:
        """The URL that the screens of this offer start with."""
        return "/me/pay" if self.key == "today" else self.candidate_url(self.key)

    @property
    def url(self) -> str:
        """The URL of this offer's simulator."""
        return self.base_url if self.key == "today" else f"{self.base_url}/simulator"

    def candidate_url(self, key: str) -> str:
        """Return the URL that the screens of a candidate start with."""
        assert self.version  # noqa: S101 - a candidate belongs to a version
        return f"/proposals/{self.version.slug}/candidates/{key}"

    def url_of(self, key: str) -> str:
        """Return the URL of the simulator of another offer."""
        return "/me/pay" if key == "today" else f"{self.candidate_url(key)}/simulator"

    @property
    def offer(self) -> Offer:
        """The offer on screen."""
        return next(offer for offer in self.offers if offer.key == self.key)

    @property
    def required_book(self) -> OwnBook:
        """The book; raises NotFoundError if the company has no data."""
        if self.book is None:
            raise NotFoundError
        return self.book

    def simulate(self, form: AssumptionsForm, *, with_curves: bool = False) -> Simulation:
        """Return the book under assumptions; raises UnexplainedFigureError if pay cannot be computed."""
        book = self.required_book
        try:
            what_if = parse_assumptions(form, self.offer.plan, book.window)
            return simulate(book, self.offers, self.key, what_if, with_curves=with_curves)
        except (UnexplainedError, OverflowError):
            raise UnexplainedFigureError from None


def simulator_context(session: Session, viewer: Viewer, slug: str | None, key: str) -> SimulatorContext:
    """Return the context of an offer; raises NotFoundError if there is none under the key.

    Without a slug the offers are today's plan and the candidates of the newest published proposal.
    """
    others: Sequence[ProposalSummary] = ()
    if slug is None and (proposals := document_queries.published_proposals(session, viewer)):
        slug, others = proposals[0].slug, proposals[1:]
    version = document_queries.version_ref(session, slug) if slug else None
    candidates = document_queries.candidates(session, version.version_id) if version else []
    offers = load_offers(session, candidates, viewer.id)
    if version and (variant := document_queries.variant(session, version.proposal_id, key)):
        own_quotas = candidates[0].own_quotas if candidates else OwnQuotas.scaled
        offers = [*offers, offer_of_variant(variant, offers, own_quotas)]
    if key not in {offer.key for offer in offers}:
        if key == "today":
            return SimulatorContext(viewer, None, [], key, None)
        raise NotFoundError
    book = own_book(session, viewer.id, offers[0].plan)
    return SimulatorContext(viewer, version, offers, key, book, others)


def current(request: Request, viewer: PaidViewer, session: ReadSession) -> SimulatorContext:
    """Return the context that the URL names; raises NotFoundError."""
    slug: str | None = request.path_params.get("slug")
    return simulator_context(session, viewer, slug, request.path_params.get("key", "today"))


def current_for(page_request: PageRequest[Viewer]) -> SimulatorContext:
    """Return the context that the URL of a read route names; raises NotFoundError."""
    parameters = page_request.request.path_params
    return simulator_context(
        page_request.session, page_request.viewer, parameters.get("slug"), parameters.get("key", "today")
    )


CurrentSimulator = Annotated[SimulatorContext, Depends(current)]
