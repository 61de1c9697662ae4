"""A book under assumptions, paid under every offer."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from server.books.offers import TODAY, Offer
from server.books.own_book import OwnBook
from server.comp import Book, History, book_of
from server.comp.analysis.payout_curve import SPARSE
from server.messages import Message, message
from server.simulator.assumptions import apply_assumptions
from server.simulator.curves import COMPARED_ATTAINMENTS
from server.simulator.forms import WhatIf
from server.simulator.projection import Comparison, Projection, attainment, project


@dataclass(frozen=True, slots=True)
class Simulation:
    """A book under assumptions, paid under every offer; `key` is the offer on screen.

    `year` is the history as arrays.
    """

    book: OwnBook
    what_if: WhatIf
    history: History
    year: Book
    offers: list[Offer]
    key: str
    projections: list[Projection]

    @property
    def projection(self) -> Projection:
        """The projection of the offer on screen."""
        return next(projection for projection in self.projections if projection.offer.key == self.key)

    @property
    def today(self) -> Projection | None:
        """The projection of today's plan, if one has been entered."""
        return self.projections[0] if self.projections[0].offer.is_today else None

    @property
    def measured(self) -> Projection:
        """The projection of the plan whose quota attainment is measured against."""
        return self.today or self.projection

    @property
    def compared(self) -> list[Projection]:
        """The projections of today's plan and of the offer on screen."""
        return [projection for projection in self.projections if projection.offer.key in {TODAY, self.key}]

    @property
    def parts(self) -> list[tuple[Message, list[int | None]]]:
        """The pay elements, each with its cents by offer; None where an offer does not have the element."""
        labels = {str(label): label for projection in self.projections for label, _ in projection.by_element}
        cents_by_label = [
            {str(label): cents for label, cents in projection.by_element} for projection in self.projections
        ]
        return [(label, [cents.get(name) for cents in cents_by_label]) for name, label in labels.items()]

    @property
    def assumption_sentences(self) -> list[Message]:
        """The assumptions as phrases."""
        return self.what_if.assumptions.sentences()

    @property
    def quota(self) -> int:
        """The yearly quota that attainment is measured against, in cents."""
        return self.projection.quota

    @property
    def promotions(self) -> list[tuple[int, str, bool]]:
        """Each change of level: its month, the new level's name, and whether milestones are needed for it."""
        levels, first_month = self.projection.offer.plan.levels, self.book.window.first_month
        return [
            (first_month + index, levels[level].name, levels[level].reached_at is not None)
            for index, (previous, level) in enumerate(pairwise(self.projection.levels), start=1)
            if level != previous
        ]

    @property
    def has_own_quota(self) -> bool:
        """Return whether the rep has a quota of their own that counts under this plan."""
        return self.projection.has_own_quota and self.projection.own_quota_factor is not None


def measured_offer(offers: list[Offer], key: str) -> Offer:
    """Return the offer whose quota attainment is measured against: today's plan, or without one that on screen."""
    return offers[0] if offers[0].is_today else next(offer for offer in offers if offer.key == key)


def simulate(book: OwnBook, offers: list[Offer], key: str, what_if: WhatIf, *, with_curves: bool = False) -> Simulation:
    """Apply the assumptions to a book and pay it under every offer.

    With curves the book is also paid at the attainments that `simulator_details` needs.
    """
    first = measured_offer(offers, key)

    def measure_attainment(history: History) -> Fraction | None:
        return attainment(history, book_of([history]), first.plan, book.window)

    history = apply_assumptions(book.history, book.window, measure_attainment, what_if.assumptions)
    year = book_of([history])
    if what_if.assumptions.attainment and not attainment(history, year, first.plan, book.window):
        what_if = what_if.without_attainment(message("There are no deals to scale to this attainment."))
    attainments = None
    if with_curves:
        attainments = {offer.key: COMPARED_ATTAINMENTS for offer in offers}
        attainments |= {first.key: SPARSE, key: SPARSE}
    comparison = Comparison(recorded=book.recorded, measured=first)
    projections = project(history, offers, book.window, year, attainments, comparison)
    return Simulation(book, what_if, history, year, offers, key, projections)
