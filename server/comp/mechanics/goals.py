"""Goals: which goals of a proposal a plan serves or works against, as its author claims."""

from dataclasses import dataclass

from server.comp.language.declarations import COUNT, FLAG, declare, text
from server.comp.language.fields import Fields
from server.messages import Message, message

MAX_GOALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalClaim:
    """A goal by its number, and a sentence on how the plan serves it or works against it."""

    goal: int = declare(COUNT, doc="The number of the goal on the page.")
    how: str = declare(text(200))
    against: bool = declare(FLAG, default=False, doc="Whether the plan works against this goal.")

    def check(self, fields: Fields) -> None:
        """Report a goal number out of range."""
        if not 1 <= self.goal <= MAX_GOALS:
            fields.report("goal", message("Goals are numbered from 1 to {most}.", most=MAX_GOALS))

    def sentence(self) -> Message:
        """Describe the claim in a sentence."""
        if self.against:
            return message("Works against goal {goal}: {how}", goal=self.goal, how=self.how)
        return message("Goal {goal}: {how}", goal=self.goal, how=self.how)
