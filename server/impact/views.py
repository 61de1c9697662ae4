"""What the screen of impact is given: the kept cells, beside the plans they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.books.offers import Offer
from server.comp.mechanics.goals import GoalClaim
from server.impact.models import ImpactRun
from server.messages import Message, message

BINS = (
    message("lose over 5%"),
    message("lose 1 to 5%"),
    message("about the same"),
    message("gain 1 to 5%"),
    message("gain over 5%"),
)
MERGED = {
    (0, 1): message("lose over 1%"),
    (0, 2): message("lose, or about the same"),
    (0, 3): message("lose, or gain at most 5%"),
    (0, 4): message("not told apart"),
    (1, 2): message("lose at most 5%, or about the same"),
    (1, 3): message("change by at most 5%"),
    (1, 4): message("lose at most 5%, or gain"),
    (2, 3): message("gain at most 5%, or about the same"),
    (2, 4): message("gain, or about the same"),
    (3, 4): message("gain over 1%"),
}
"""What bins are called together, where single ones would tell about a few people."""
KINDS = {
    "level": message("By level"),
    "region": message("By region"),
    "attainment": message("By quarter of attainment, the best first"),
    "tenure": message("By time with the company"),
}


@dataclass(frozen=True, slots=True)
class BinBar:
    """Some of five bins: how many people, which share, what it is called, and where it stands in a bar."""

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
        """The five bins of everybody."""
        return bin_bars(self.figures["everybody"])

    @property
    def against(self) -> list[GoalClaim]:
        """The goals that its author says it works against."""
        return [served for served in self.offer.plan.goals if served.against]


@dataclass(frozen=True, slots=True)
class ImpactView:
    """A finished run: people, plans, and for each kind of group the rows of its table."""

    people: int
    plans: list[PlanImpact]
    deals: int | None = None

    def kinds(self) -> list[tuple[Message, list[tuple[str, list[dict[str, Any]]]], int]]:
        """Return each kind: its name, for each group the cell of every candidate, and how many people lie in none."""
        found = []
        for kind, label in KINDS.items():
            first = self.plans[0].figures["kinds"].get(kind, [])
            rows = [
                (cell["group"], [plan.figures["kinds"][kind][place] for plan in self.plans])
                for place, cell in enumerate(first)
            ]
            found.append((label, rows, self.plans[0].figures["hidden"].get(kind, 0)))
        return found


def impact_view(run: ImpactRun, offers: Sequence[Offer]) -> ImpactView | None:
    """Return a finished run beside its offers; None when it is about fewer than five people or other plans."""
    if run.result.get("keys") != [offer.key for offer in offers]:
        return None
    plans = [PlanImpact(offer, figures) for offer, figures in zip(offers, run.result["plans"], strict=True)]
    return ImpactView(run.result["people"], plans, run.result.get("deals"))


def bin_bars(cell: dict[str, Any]) -> list[BinBar]:
    """Return the bins of a cell as a bar of one hundred."""
    whole, start, bars = max(cell["people"], 1), 0.0, []
    for places, people in cell["bins"]:
        share = 100 * people / whole
        first, last = places[0], places[-1]
        label = BINS[first] if first == last else MERGED[first, last]
        tone = f"b{first}" if first == last else "b0" if last == 1 else "b4" if first == len(BINS) - 2 else "bx"
        bars.append(BinBar(label, people, round(share, 1), round(start, 1), tone))
        start += share
    return bars
