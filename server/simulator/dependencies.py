"""Where a screen of my pay stands: under today's plan, or under one candidate of a proposal's current version."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from server.books.offers import Offer, load_offers, offer_of_variant
from server.books.own_book import OwnBook, own_book
from server.documents import queries as document_queries
from server.documents.queries import VersionRef
from server.errors import NotFoundError, UnexplainedFigureError
from server.people.access import PaidViewer
from server.people.queries import Viewer
from server.simulator import views
from server.simulator.forms import AssumptionsForm, parse_assumptions
from server.simulator.projection import UnexplainedError
from server.simulator.views import SimulatorView
from server.web.dependencies import ReadSession
from server.web.read_routes import PageRequest


@dataclass(frozen=True, slots=True)
class SimulatorContext:
    """The offers to hold a book against, which of them the screen is about, and whose book it is."""

    viewer: Viewer
    edition: VersionRef | None
    offers: list[Offer]
    key: str
    book: OwnBook | None

    @property
    def base(self) -> str:
        """The address that the screens of this place begin with."""
        return "/me/pay" if self.key == "today" else self.candidate(self.key)

    @property
    def screen(self) -> str:
        """The address of the simulator itself."""
        return self.base if self.key == "today" else f"{self.base}/simulator"

    def candidate(self, key: str) -> str:
        """Return the address that the screens of a candidate begin with."""
        assert self.edition  # noqa: S101 - a candidate is one of an edition
        return f"/proposals/{self.edition.slug}/candidates/{key}"

    def address(self, key: str) -> str:
        """Return the address of the simulator of another offer."""
        return "/me/pay" if key == "today" else f"{self.candidate(key)}/simulator"

    @property
    def offer(self) -> Offer:
        """The offer that the screen is about."""
        return next(offer for offer in self.offers if offer.key == self.key)

    @property
    def owned(self) -> OwnBook:
        """The book; raises NotFoundError where the company has no data at all."""
        if self.book is None:
            raise NotFoundError
        return self.book

    def simulated(self, typed: AssumptionsForm, *, with_curves: bool = False) -> SimulatorView:
        """Return the book under the assumptions in the address; raises UnexplainedFigureError past all bounds."""
        book = self.owned
        try:
            assumed = parse_assumptions(typed, self.offer.plan, book.window)
            return views.simulate(book, self.offers, self.key, assumed, with_curves=with_curves)
        except (UnexplainedError, OverflowError):
            raise UnexplainedFigureError from None


def simulator_context(session: Session, viewer: Viewer, slug: str | None, key: str) -> SimulatorContext:
    """Return the place of a candidate, or of today's plan beside the newest proposal's candidates."""
    if slug is None:
        listed = document_queries.published(session)
        slug = listed[0].slug if listed else None
    edition = document_queries.version_ref(session, slug) if slug else None
    structures = document_queries.candidates(session, edition.version_id) if edition else []
    offers = load_offers(session, structures)
    if edition and (proposed := document_queries.variant(session, edition.proposal_id, key)):
        offers = [*offers, offer_of_variant(proposed)]
    if key not in {offer.key for offer in offers}:
        if key == "today":
            return SimulatorContext(viewer, None, [], key, None)
        raise NotFoundError
    book = own_book(session, viewer.id, offers[0].plan)
    return SimulatorContext(viewer, edition, offers, key, book)


def current(request: Request, viewer: PaidViewer, session: ReadSession) -> SimulatorContext:
    """Return the place that an address speaks of; raises NotFoundError."""
    slug: str | None = request.path_params.get("slug")
    return simulator_context(session, viewer, slug, request.path_params.get("key", "today"))


def page_time(asked: PageRequest[Viewer]) -> SimulatorContext:
    """Return the place that an address speaks of, for a route that is answered in one hop; raises NotFoundError."""
    found = asked.request.path_params
    return simulator_context(asked.session, asked.viewer, found.get("slug"), found.get("key", "today"))


CurrentSimulator = Annotated[SimulatorContext, Depends(current)]
