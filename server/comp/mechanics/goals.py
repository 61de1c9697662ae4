"""Which of the proposal's goals a plan serves, and how: said by its author, beside what the figures say."""

from dataclasses import dataclass

from server.comp.language.declarations import COUNT, FLAG, term, text
from server.comp.language.fields import Fields
from server.messages import Sentence, say

MOST_GOALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Serves:
    """One goal by its number, and in a sentence how the plan serves it or works against it."""

    goal: int = term(COUNT, doc="The goal's number on the page.")
    how: str = term(text(200))
    against: bool = term(FLAG, default=False, doc="Whether the plan works against this goal.")

    def check(self, fields: Fields) -> None:
        """Report a number that no goal has."""
        if not 1 <= self.goal <= MOST_GOALS:
            fields.complain("goal", say("Goals are numbered from 1 to {most}.", most=MOST_GOALS))

    def sentence(self) -> Sentence:
        """Say it."""
        if self.against:
            return say("Works against goal {goal}: {how}", goal=self.goal, how=self.how)
        return say("Serves goal {goal}: {how}", goal=self.goal, how=self.how)
