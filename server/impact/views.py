"""View models of the impact screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.books.offers import Offer
from server.comp.analysis.missing_inputs import input_label, is_event
from server.comp.mechanics.goals import GoalClaim
from server.impact.models import ImpactRun
from server.messages import ListMessage, Message, message

BINS = (
    message("lose over 5%"),
    message("lose 1 to 5%"),
    message("about the same"),
    message("gain 1 to 5%"),
    message("gain over 5%"),
)
MERGED = {
    (0, 1): message("lose over 1%"),
    (0, 2): message("lose or about the same"),
    (0, 3): message("lose or gain up to 5%"),
    (0, 4): message("not broken down"),
    (1, 2): message("lose up to 5% or about the same"),
    (1, 3): message("change by up to 5%"),
    (1, 4): message("lose up to 5% or gain"),
    (2, 3): message("gain up to 5% or about the same"),
    (2, 4): message("gain or about the same"),
    (3, 4): message("gain over 1%"),
}
"""Labels of merged bins, by the first and the last; single bins could disclose a few people."""
KINDS = {
    "level": message("By level"),
    "region": message("By region"),
    "attainment": message("By attainment quartile, highest first"),
    "tenure": message("By time with the company"),
}


@dataclass(frozen=True, slots=True)
class BinBar:
    """One segment of a bar of bins: its label, people, share and start (in percent of the bar), and tone."""

    label: Message
    people: int
    share: float
    start: float
    tone: str


@dataclass(frozen=True, slots=True)
class PlanImpact:
    """One plan's published figures."""

    offer: Offer
    figures: dict[str, Any]

    @property
    def bars(self) -> list[BinBar]:
        """The bins of everyone."""
        return bin_bars(self.figures["everyone"])

    @property
    def missing(self) -> ListMessage | None:
        """What the plan, or today's, pays on and the company has not recorded."""
        labels = tuple(input_label(name) for name in self.figures.get("missing", ()))
        return ListMessage(labels) if labels else None

    @property
    def is_cost_minimum(self) -> bool:
        """Whether all that is missing are events, so that the cost is what is paid if none of them happens."""
        return all(is_event(name) for name in self.figures.get("missing", ()))

    @property
    def against(self) -> list[GoalClaim]:
        """The goals that the plan's author says it works against."""
        return [claim for claim in self.offer.plan.goals if claim.against]


@dataclass(frozen=True, slots=True)
class ImpactView:
    """A finished run: the people, the figures of each plan, the rounded number of deals, and the people left out."""

    people: int
    plans: list[PlanImpact]
    deals: int | None = None
    without_level: int = 0
    without_plan: int = 0

    @property
    def has_groups(self) -> bool:
        """Return whether any group of people is large enough to publish."""
        return any(self.plans[0].figures["kinds"].values())

    def kinds(self) -> list[tuple[Message, list[tuple[str, list[dict[str, Any]]]], int]]:
        """Return each kind of group: its label, its groups with a cell for every plan, and a count.

        Groups that are too small to publish are left out; the last value counts their people.
        """
        kinds = []
        for kind, label in KINDS.items():
            cells = self.plans[0].figures["kinds"].get(kind, [])
            rows = [
                (cell["group"], [plan.figures["kinds"][kind][index] for plan in self.plans])
                for index, cell in enumerate(cells)
            ]
            kinds.append((label, rows, self.plans[0].figures["hidden"].get(kind, 0)))
        return kinds


def impact_view(run: ImpactRun, offers: Sequence[Offer]) -> ImpactView | None:
    """Return a finished run with its offers, or None if it has no figures or is about other plans."""
    if run.result.get("keys") != [offer.key for offer in offers]:
        return None
    plans = [PlanImpact(offer, figures) for offer, figures in zip(offers, run.result["plans"], strict=True)]
    left_out = (run.result.get(name, 0) for name in ("without_level", "without_plan"))
    return ImpactView(run.result["people"], plans, run.result.get("deals"), *left_out)


def bin_bars(cell: dict[str, Any]) -> list[BinBar]:
    """Return the bins of a cell as the segments of a bar from 0 to 100."""
    total_people, start, bars = max(cell["people"], 1), 0.0, []
    for bins, people in cell["bins"]:
        share = 100 * people / total_people
        first, last = bins[0], bins[-1]
        label = BINS[first] if first == last else MERGED[first, last]
        bars.append(BinBar(label, people, round(share, 1), round(start, 1), _tone(first, last)))
        start += share
    return bars


def _tone(first: int, last: int) -> str:
    """Return the CSS class of one bin, or of merged bins: loss, gain or neutral."""
    if first == last:
        return f"bin-{first}"
    if last == 1:
        return "bin-0"
    return "bin-4" if first == len(BINS) - 2 else "bin-merged"
