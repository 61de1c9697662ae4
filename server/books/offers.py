"""The plans a person may be paid under: today's, the candidates, a variant."""

from dataclasses import dataclass

from sqlmodel import Session

from server.comp.load import read_plan
from server.comp.plan import Plan
from server.documents import queries as document_queries
from server.documents.models import Variant
from server.documents.queries import CandidateView


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan with the key and letter it goes by: today's plan, or a candidate; a starter stands in for today's."""

    key: str
    letter: str
    name: str
    plan: Plan
    is_starter: bool = False


def today_plan(session: Session) -> Offer | None:
    """Return the plan in force, if one has been entered."""
    found = document_queries.plan_in_force(session)
    if found is None:
        return None
    plan = read_plan(found.text)
    return Offer("today", "", plan.name, plan, is_starter=found.is_starter)


def load_offers(session: Session, structures: list[CandidateView]) -> list[Offer]:
    """Return today's plan, if there is one, and the candidates after it."""
    today = today_plan(session)
    found = [Offer(s.key, s.letter, s.name, read_plan(s.text)) for s in structures]
    return [today, *found] if today else found


def offer_of_variant(found: Variant) -> Offer:
    """Return a variant as an offer beside the candidates."""
    key = document_queries.variant_key(found)
    return Offer(key, key.upper(), found.name, read_plan(found.text))
