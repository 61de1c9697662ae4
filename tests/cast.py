"""A small company for tests; each name says the person's role."""

import re
from datetime import UTC, date, datetime

from sqlmodel import Session

from server.deals import service as deal_service
from server.deals.conversion import WHOLE_CREDIT
from server.deals.rows import DealRow
from server.discussion import service as discussion_service
from server.discussion.resolution import prepare_answer, resolve
from server.discussion.service import CommentTarget, prepare
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, Redesign
from server.documents.service import SubmittedText
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Role
from server.people.service import NewPerson
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import NewPlan
from server.publishing import service as publishing_service
from server.settings import DEMO_SECRET
from server.simulator import scenarios
from server.simulator.forms import AssumptionsForm
from server.town_halls import service as town_hall_service
from server.town_halls.models import Question
from server.variants import service as variant_service
from server.variants.service import VariantDraft
from server.voting import service as voting_service
from server.voting.service import Vote

SLUG, PAGE = "pay-for-customers-who-stay", "ground-rules"
PEOPLE = (
    NewPerson("Maya Rep", "maya@example.com", Role.rep, "Account executive", "Chicago"),
    NewPerson("Dana Rep", "dana@example.com", Role.rep, "Account executive", "Boston"),
    NewPerson("Newt Newcomer", "newt@example.com", Role.rep, "Account executive", "Boston"),
    NewPerson("Mona Manager", "mona@example.com", Role.manager, "Sales manager"),
    NewPerson("Otto Other", "otto@example.com", Role.manager, "Sales manager"),
    NewPerson("Eve Executive", "eve@example.com", Role.executive, "Chief executive"),
    NewPerson("Sam Success", "sam@example.com", Role.success, "Customer success"),
    NewPerson("Ada Admin", "ada@example.com", Role.admin, "Revenue operations"),
)

TODAY = """\
name: Today
summary: One level, all at signing.
levels: [{name: Associate 1, base: $50,000, variable: $50,000, quota: $800,000}]
components: [{name: New business, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]
"""

AHA = """\
name: Half at the aha moment
summary: Half at signing, half when the customer is really using it.
levels: [{name: Associate 1, base: $50,000, variable: $%(variable)s, quota: $800,000}]
components: [{name: New business, tiers: [{from: 0%%, pays: 1x}, {from: 100%%, pays: 1.5x}]}]
release:
  - {share: 50%%, on: signing}
  - {share: 50%%, on: aha, within: 60 days}
clawback: {on: churn, within: 12 months}
"""

LEVELS = """\
name: Three levels
summary: Levels by what you reach.
levels:
  - {name: Associate 1, base: $50,000, variable: $50,000, quota: $800,000}
  - {name: Associate 2, base: $50,000, variable: $66,000, quota: $900,000, reached at: {sales: $300,000}}
components: [{name: New business, tiers: [{from: 0%, pays: 1x}]}]
"""


VARIANT = (AHA % {"variable": "56,000"}).replace("pays: 1.5x", "pays: 2x").replace("Half at the aha moment", "Steeper")


def flat(html: str) -> str:
    """Return HTML on one line: whitespace collapsed, and none between tags."""
    return re.sub(r">\s+<", "><", " ".join(html.split()))


def page(variable: str, why: str) -> str:
    return f"""\
## Why

{why}

## Goals

1. Customers who stay.
2. A way up.

```plan
{AHA % {"variable": variable}}```

```plan
{LEVELS}```
"""


def deal(number: str, person: int, arr: int, signed: date, **more: object) -> DealRow:
    return DealRow(
        external_id=number,
        stage="won",
        arr=arr,
        customer=f"Customer {number}",
        product="Harbor",
        signed_on=signed,
        credits={person: WHOLE_CREDIT},
        **more,  # type: ignore[arg-type]
    )


def play(session: Session) -> None:
    """Add the people, and publish and discuss the first two versions."""
    company = people_service.create_company(session, "Castle")
    company.working_days = "1234567"  # so that what is overdue does not depend on the day of the test
    company.confirmed_at = datetime(2027, 1, 1, tzinfo=UTC)
    for new in PEOPLE:
        people_service.add_person(session, new)
    people = {person.name: person for person in people_queries.list_people(session)}
    for rep in ("Maya Rep", "Dana Rep", "Newt Newcomer"):
        people_service.set_manager(session, people[rep], people["Mona Manager"], date(2025, 1, 1))
        people_service.set_level(session, people[rep], "Associate 1", date(2025, 1, 1))
    plan_service.put_in_force(session, NewPlan(TODAY, date(2025, 1, 1)))
    maya, dana = people["Maya Rep"].id or 0, people["Dana Rep"].id or 0
    source = deal_service.get_source(session, "cast", date(2026, 10, 31))
    rows = [
        deal("M1", maya, 12_345_678, date(2026, 1, 15), aha_on=date(2026, 2, 20)),
        deal("M2", maya, 23_456_789, date(2026, 3, 2), aha_on=date(2026, 5, 12)),
        deal("M3", maya, 34_567_891, date(2026, 6, 9), churned_on=date(2026, 9, 20)),
        deal("M4", maya, 20_000_003, date(2026, 10, 20), rating=5, rated_on=None),
        deal("D1", dana, 45_678_912, date(2026, 2, 3), aha_on=date(2026, 3, 1)),
        deal("D2", dana, 56_789_123, date(2026, 8, 8)),
    ]
    deal_service.upsert_deals(session, source, rows)
    _redesign(session, {name: person.id for name, person in people.items()})


def _page(session: Session, redesign: Redesign, author: int) -> None:
    rules = document_service.start_proposal(session, redesign, "Ground rules", DocumentKind.page)
    first = document_service.prepare(SubmittedText("Ground rules", "Be kind.", "", 0, 0), None, DocumentKind.page)
    before = publishing_service.publish(session, rules, first, author, datetime(2026, 10, 16, tzinfo=UTC))
    second = document_service.prepare(
        SubmittedText("Ground rules", "Be kind, be brief.", "Shorter.", 1, 0), before, DocumentKind.page
    )
    publishing_service.publish(session, rules, second, author, datetime(2026, 10, 17, tzinfo=UTC))


def _town_hall(session: Session, redesign: Redesign, keys: dict[str, int]) -> None:
    town_hall = town_hall_service.add_closed_town_hall(
        session, redesign, "Where we stand", date(2026, 10, 14), "We *talked*."
    )
    question = Question(
        town_hall_id=0, author_id=keys["Dana Rep"], text="Who sees my pay?", answer="You do.", endorsements=2
    )
    town_hall_service.add_question(session, town_hall, question)


def _redesign(session: Session, keys: dict[str, int]) -> None:
    days = {
        "drafted_on": date(2026, 10, 16),
        "feedback_until": date(2098, 11, 28),
        "vote_from": date(2098, 12, 1),
        "vote_until": date(2098, 12, 5),
        "decided_on": date(2098, 12, 8),
        "in_force_on": date(2099, 1, 1),
    }
    redesign = document_service.start_redesign(
        session, "Pay for customers who stay", "Account executives", "FY2027", days
    )
    _town_hall(session, redesign, keys)
    proposal = document_service.start_proposal(session, redesign, "Pay for customers who stay")
    first = SubmittedText(
        "Pay for customers who stay", page("50,000", "Because customers leave."), "First version.", 0, 0
    )
    before = publishing_service.publish(
        session, proposal, document_service.prepare(first), keys["Mona Manager"], datetime(2026, 10, 16, tzinfo=UTC)
    )
    _page(session, redesign, keys["Mona Manager"])
    document_service.mark_read(session, SLUG, 1, keys["Maya Rep"])
    voting_service.cast_pulse(session, Vote(SLUG, 1, "a", "with_changes"), keys["Maya Rep"])
    asked = discussion_service.create_comment(
        session, CommentTarget(SLUG, 1, "a"), prepare("Why *half*?"), keys["Dana Rep"]
    )
    resolve(session, asked.ulid, prepare_answer("answered", "Because."), keys["Mona Manager"])
    second = SubmittedText(
        "Pay for customers who stay", page("56,000", "Because they leave."), "7% instead of 6.25%.", 1, 0
    )
    publishing_service.publish(
        session,
        proposal,
        document_service.prepare(second, before),
        keys["Mona Manager"],
        datetime(2026, 11, 18, tzinfo=UTC),
    )
    discussion_service.create_comment(
        session, CommentTarget(SLUG, 2), prepare("And the small-business list?"), keys["Maya Rep"]
    )
    edition = document_queries.version_page(session, SLUG)
    assert edition
    steeper = VariantDraft("a", VARIANT, "Whoever sells more should earn more.", anonymous=False)
    variant_service.publish(session, edition, steeper, keys["Dana Rep"], DEMO_SECRET)
    scenarios.save(session, keys["Maya Rep"], "All stay", AssumptionsForm(churn="0"))
