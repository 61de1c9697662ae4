"""The plans a person may be paid under: today's plan, the candidates, a variant."""

from dataclasses import dataclass

from sqlmodel import Session

from server.comp import Plan, read_plan
from server.db.columns import now
from server.documents import queries as document_queries
from server.documents.models import Variant
from server.documents.queries import CandidateView
from server.plans_in_force import queries as plan_queries
from server.plans_in_force.models import PlanInForce

TODAY = "today"
"""The key of today's plan."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan with its key and letter: today's plan, a candidate or a variant."""

    key: str
    letter: str
    name: str
    plan: Plan

    @property
    def is_today(self) -> bool:
        """Return whether this is today's plan."""
        return self.key == TODAY


def today_offer(session: Session, person_id: int | None = None) -> Offer | None:
    """Return the plan that pays a person today, or without a person the one that pays most people; or None."""
    on = now().date()
    if person_id is None:
        in_force = plan_queries.main_plan(session, on)
    else:
        in_force = plan_queries.plan_of(session, person_id, on)
    return offer_in_force(in_force) if in_force else None


def offer_in_force(in_force: PlanInForce) -> Offer:
    """Return a plan in force as an offer."""
    plan = read_plan(in_force.text)
    return Offer(TODAY, "", plan.name, plan)


def load_offers(session: Session, candidates: list[CandidateView], person_id: int | None = None) -> list[Offer]:
    """Return today's plan, if there is one, followed by the candidates; see `today_offer`."""
    today = today_offer(session, person_id)
    offers = [
        Offer(
            candidate.key,
            candidate.letter,
            candidate.name,
            read_plan(candidate.text),
        )
        for candidate in candidates
    ]
    return [today, *offers] if today else offers


def offer_of_variant(variant: Variant) -> Offer:
    """Return a variant as an offer."""
    key = document_queries.variant_key(variant)
    return Offer(key, key.upper(), variant.name, read_plan(variant.text))
