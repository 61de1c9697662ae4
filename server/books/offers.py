"""The plans a person may be paid under: today's plan, the candidates, a variant."""

from dataclasses import dataclass

from sqlmodel import Session

from server.comp import Plan, read_plan
from server.documents import queries as document_queries
from server.documents.models import Variant
from server.documents.queries import CandidateView


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan with its key and letter: today's plan, a candidate or a variant.

    `is_starter` marks a sample plan that is used as today's plan until the company enters its own.
    """

    key: str
    letter: str
    name: str
    plan: Plan
    is_starter: bool = False


def today_plan(session: Session) -> Offer | None:
    """Return the plan in force, if one has been entered."""
    in_force = document_queries.plan_in_force(session)
    if in_force is None:
        return None
    plan = read_plan(in_force.text)
    return Offer("today", "", plan.name, plan, is_starter=in_force.is_starter)


def load_offers(session: Session, candidates: list[CandidateView]) -> list[Offer]:
    """Return today's plan, if there is one, followed by the candidates."""
    today = today_plan(session)
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
