"""The content to measure: the ceiling app's page with 30 versions, candidates, comments, and a rep with deals."""

import random
from datetime import date, timedelta
from types import ModuleType

from sqlalchemy import insert
from sqlmodel import Session

from server.db.columns import new_ulid, now
from server.deals import service as deal_service
from server.deals.rows import DealRow
from server.discussion.models import Comment
from server.documents import service as document_service
from server.documents.models import Proposal
from server.documents.service import SubmittedText
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Role
from server.people.service import NewPerson
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import NewPlan
from server.publishing import service as publishing_service
from server.text.markdown import render_comment
from tests.cast import AHA, LEVELS, TODAY

VERSIONS, COMMENTS, DEALS = 30, 500, 100


def fill(session: Session, ceiling: ModuleType) -> list[str]:
    """Write everything; return the tokens of ten reps' sessions, of the one with deals first."""
    people_service.create_company(session, "Bench")
    manager = people_service.add_person(session, NewPerson("Mona Manager", role=Role.manager))
    reps = [people_service.add_person(session, NewPerson(f"Rep {number}")) for number in range(40)]
    plan_service.put_in_force(session, NewPlan(TODAY, date(2025, 1, 1)))
    _deals(session, reps[0].id)
    redesign = document_service.start_redesign(session, "Bench", "Everybody", "FY2027")
    for title in ("Quiet", "Busy"):
        proposal = document_service.start_proposal(session, redesign, title)
        for number in range(VERSIONS):
            text = SubmittedText(title, page(ceiling, number), "Next.", number, 0)
            publishing_service.publish(session, proposal, document_service.prepare(text), manager.id)
        if title == "Busy":
            _comments(session, proposal, [rep.id for rep in reps], ceiling)
    names = [f"Rep {number}" for number in range(10)]
    people = people_queries.by_names(session, names)
    tokens = [people_service.sign_in(session, people[name.casefold()], "bench") for name in names]
    session.commit()
    return tokens


def page(ceiling: ModuleType, number: int) -> str:
    """Return the ceiling's page of ten kilobytes with four candidates in it."""
    plans = [AHA % {"variable": f"{50 + extra},000"} for extra in range(3)] + [LEVELS]
    return ceiling.page10k(number) + "\n" + "\n".join(f"```plan\n{plan}```\n" for plan in plans)


def _deals(session: Session, person: int) -> None:
    draw = random.Random(7)
    rows = []
    for number in range(DEALS):
        signed = date(2026, 1, 1) + timedelta(days=draw.randrange(300))
        aha = signed + timedelta(days=draw.randrange(90)) if draw.random() < 0.7 else None
        churned = signed + timedelta(days=200) if draw.random() < 0.1 else None
        rows.append(
            DealRow(
                external_id=f"B{number}",
                stage="won",
                arr=draw.randrange(100_000, 2_000_000),
                customer=f"C{number}",
                product="P",
                signed_on=signed,
                aha_on=aha,
                churned_on=churned,
                credits={person: 10_000},
            )
        )
    deal_service.upsert_deals(session, deal_service.get_source(session, "bench", date(2026, 12, 31)), rows)


def _comments(session: Session, proposal: Proposal, authors: list[int], ceiling: ModuleType) -> None:
    """Write the threads and replies of the ceiling app: a hundred roots, four hundred replies."""
    rows = [
        {
            "ulid": new_ulid(),
            "proposal_id": proposal.id,
            "version": VERSIONS,
            "author_id": authors[number % 40],
            "markdown": ceiling.comment(number),
            "html": render_comment(ceiling.comment(number)),
            "state": "open",
            "created_at": now(),
            "candidate": "",
            "reason": "",
            "revision": 1,
        }
        for number in range(COMMENTS)
    ]
    session.execute(insert(Comment), rows)
    document_service.count_comments(session, proposal.id, comments=COMMENTS)
