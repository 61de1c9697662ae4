"""The plans a person may be paid under: today's plan, the candidates, a variant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlmodel import Session

from server.comp import Plan, read_plan
from server.comp.analysis.own_quotas import OwnQuotas, under_rule
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
    in_force = plan_queries.main_plan(session) if person_id is None else plan_queries.plan_of(session, person_id)
    return offer_in_force(in_force) if in_force else None


def offer_in_force(in_force: PlanInForce) -> Offer:
    """Return a plan in force as an offer."""
    plan = replace(read_plan(in_force.text), in_force=None)
    return Offer(TODAY, "", plan.name, plan)


def load_offers(session: Session, candidates: list[CandidateView], person_id: int | None = None) -> list[Offer]:
    """Return today's plan, if there is one, followed by the candidates; see `today_offer`."""
    today = today_offer(session, person_id)
    offers = [
        proposed(
            Offer(candidate.key, candidate.letter, candidate.name, read_plan(candidate.text)),
            today,
            candidate.own_quotas,
        )
        for candidate in candidates
    ]
    return [today, *offers] if today else offers


def proposed(offer: Offer, today: Offer | None, own_quotas: str) -> Offer:
    """Return an offer under the redesign's rule for people's own quotas, as if it were in force all year."""
    plan = _under_rule(replace(offer.plan, in_force=None), today.plan if today else None, OwnQuotas(own_quotas))
    return replace(offer, plan=plan)


_under_rule = lru_cache(maxsize=256)(under_rule)
"""A plan that is built once keeps what it has computed about itself."""


def offer_of_variant(variant: Variant, offers: Sequence[Offer], own_quotas: str) -> Offer:
    """Return a variant as an offer next to those of its proposal, the first of which is today's if there is one."""
    key = document_queries.variant_key(variant)
    today = offers[0] if offers and offers[0].is_today else None
    return proposed(Offer(key, key.upper(), variant.name, read_plan(variant.text)), today, own_quotas)
