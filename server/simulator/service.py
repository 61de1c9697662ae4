"""A person's own book and the offers to hold it against."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from server.comp.calendar import Window, month_of
from server.comp.history import History, Spell
from server.comp.plan import Plan
from server.comp.reader import read_plan
from server.comp.wording import Sentence, say
from server.deals import queries as deals
from server.people import queries as people
from server.proposals import queries as proposals
from server.proposals.queries import Structure
from server.simulator.projection import Offer


@dataclass(frozen=True, slots=True)
class OwnBook:
    """Somebody's history, the window it is looked at through, and what it rests on."""

    history: History
    window: Window
    ends_on: date
    in_window: int

    def missing(self) -> list[Sentence]:
        """Say what the data does not have, so that nobody takes a zero for a fact."""
        if not self.history.deals:
            return [say("There are no deals of yours yet, so this shows base pay only.")]
        said = []
        if not any(deal.aha for deal in self.history.deals):
            said.append(say("The data has no aha moments; what waits for one is not paid here."))
        if not any(deal.rating for deal in self.history.deals):
            said.append(say("The data has no buyers' ratings; extras for them are not paid here."))
        if not any(deal.churned for deal in self.history.deals):
            said.append(say("The data has no customers who left; nothing is taken back here."))
        return said


def today_plan(session: Session) -> Offer | None:
    """Return the plan in force, if one has been entered."""
    found = proposals.plan_in_force(session)
    if found is None:
        return None
    plan = read_plan(found.text)
    return Offer("today", "", plan.name, plan)


def offers(session: Session, structures: list[Structure]) -> list[Offer]:
    """Return today's plan, if there is one, and the candidates after it."""
    today = today_plan(session)
    found = [Offer(s.key, s.letter, s.name, read_plan(s.text)) for s in structures]
    return [today, *found] if today else found


def own_book(session: Session, person_id: int, today: Plan) -> OwnBook | None:
    """Return a person's own book; None when the company has no data at all."""
    ends_on = deals.data_end(session, person_id)
    if ends_on is None:
        return None
    window = Window.ending(ends_on)
    ranks = {level.name.casefold(): rank for rank, level in enumerate(today.levels)}
    spells = tuple(
        Spell(month_of(spell.since), spell.level, ranks.get(spell.level.casefold(), 0))
        for spell in people.spells_of(session, person_id)
    )
    history = History(str(person_id), deals.book(session, person_id), spells)
    in_window = sum(window.index(month_of(deal.signed)) is not None for deal in history.deals)
    return OwnBook(history, window, ends_on, in_window)
