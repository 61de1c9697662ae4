"""The set-up of a company, step by step, each with its state and the screen that does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.messages import Message, message, plural_message
from server.people import queries as people_queries
from server.people.queries import AccountState
from server.plans_in_force import queries as plan_queries
from server.town_halls import queries as town_hall_queries


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of the set-up: what to do, how far it is, and the button that leads to its screen."""

    title: Message
    detail: Message
    is_done: bool
    button: Message
    url: str


def setup_steps(session: Session) -> Sequence[SetupStep]:
    """Return every step of the set-up in its order."""
    return [
        _company(session),
        _plan(session),
        _deals(session),
        _people(session),
        _invitations(session),
        _proposal(session),
    ]


def is_set_up(steps: Sequence[SetupStep]) -> bool:
    """Return whether every step is done."""
    return all(step.is_done for step in steps)


def _company(session: Session) -> SetupStep:
    company = people_queries.company(session)
    is_done = bool(company and (company.confirmed_at or company.is_sample))
    detail = message("Name, currency, fiscal year, time zone, working days and how fast comments are answered.")
    return SetupStep(message("Your company"), detail, is_done, message("Settings"), "/settings")


def _plan(session: Session) -> SetupStep:
    count = len(plan_queries.plans_in_force(session))
    detail = (
        plural_message("{count} plan is in force.", "{count} plans are in force.", count)
        if count
        else message("Until it is entered, nothing is compared with today.")
    )
    return SetupStep(message("The plan that pays people today"), detail, count > 0, message("Plans"), "/plans")


def _deals(session: Session) -> SetupStep:
    count = deal_queries.won_count(session)
    detail = (
        plural_message("{count} won deal.", "{count} won deals.", count)
        if count
        else message("Upload the files of your CRM as they are.")
    )
    return SetupStep(message("Deals"), detail, count > 0, message("Imports"), "/imports")


def _people(session: Session) -> SetupStep:
    reps = people_queries.active_reps(session)
    without = people_queries.without_level(session)
    if not reps:
        detail = message("Import your people, or add them one by one: level, manager, region and own quota.")
    elif without:
        detail = plural_message("{count} rep has no level.", "{count} reps have no level.", without)
    else:
        detail = plural_message("{count} rep, with a level.", "{count} reps, all with a level.", len(reps))
    return SetupStep(
        message("People, levels and quotas"), detail, bool(reps) and not without, message("People"), "/people"
    )


def _invitations(session: Session) -> SetupStep:
    accounts = people_queries.accounts(session)
    reps = [accounts[person.id].state for person in people_queries.active_reps(session)]
    missing = sum(state in {AccountState.not_invited, AccountState.expired} for state in reps)
    joined = reps.count(AccountState.joined)
    detail = message(
        "{joined} of {count} reps have joined, {missing} need an invitation.",
        joined=joined,
        count=len(reps),
        missing=missing,
    )
    is_done = bool(reps) and not missing
    return SetupStep(message("Invitations"), detail, is_done, message("Invite people"), "/people?state=not+invited")


def _proposal(session: Session) -> SetupStep:
    is_done = bool(document_queries.published_proposals(session)) or town_hall_queries.is_any_held(session)
    detail = message("Why the plan must change, the goals, and two to five candidates.")
    return SetupStep(message("The first proposal"), detail, is_done, message("Write a proposal"), "/proposals/new")
