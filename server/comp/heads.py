"""The heads of pay: what the columns of a payout and the lines of a statement are filed under."""

from dataclasses import dataclass

from server.comp.plan import Plan
from server.comp.wording import Sentence, say


@dataclass(frozen=True, slots=True)
class Heads:
    """Base first, then one head for each instalment and each multiplier, clawback last."""

    labels: tuple[Sentence, ...]
    instalments: int
    multipliers: int

    @property
    def base(self) -> int:
        """Index of base pay."""
        return 0

    def instalment(self, index: int) -> int:
        """Index of an instalment of the release."""
        return 1 + index

    def multiplier(self, index: int) -> int:
        """Index of a multiplier's extra."""
        return 1 + self.instalments + index

    @property
    def clawback(self) -> int:
        """Index of clawback."""
        return len(self.labels) - 1


def heads_of(plan: Plan) -> Heads:
    """Return the heads of a plan."""
    labels = [say("Base pay")]
    labels += [instalment.label for instalment in plan.release]
    labels += [say("{name}", name=multiplier.name) for multiplier in plan.multipliers]
    labels.append(say("Clawback"))
    return Heads(tuple(labels), len(plan.release), len(plan.multipliers))
