"""What the screen of impact is given: the kept cells, beside the plans they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.comp.goals import Serves
from server.comp.wording import Sentence, say
from server.impact.models import ImpactRun
from server.simulator.projection import Offer

BINS = (
    say("lose over 5%"), say("lose 1 to 5%"), say("about the same"), say("gain 1 to 5%"), say("gain over 5%"),
)  # fmt: skip
KINDS = {
    "level": say("By level"), "region": say("By region"), "attainment": say("By quarter of attainment, the best first"),
    "tenure": say("By time with the company"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """Some of five bins: how many people, which share, what it is called, and where it stands in a bar."""

    label: Sentence
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
    def bars(self) -> list[Bar]:
        """The five bins of everybody."""
        return bars_of(self.figures["everybody"])

    @property
    def against(self) -> list[Serves]:
        """The goals that its author says it works against."""
        return [served for served in self.offer.plan.goals if served.against]


@dataclass(frozen=True, slots=True)
class Understood:
    """A finished run: people, plans, and for each kind of group the rows of its table."""

    people: int
    plans: list[PlanImpact]

    def kinds(self) -> list[tuple[Sentence, list[tuple[str, list[dict[str, Any]]]], int]]:
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


def understood(run: ImpactRun, offers: Sequence[Offer]) -> Understood | None:
    """Return a finished run beside its offers; None when it is about fewer than five people or other plans."""
    if run.result.get("keys") != [offer.key for offer in offers]:
        return None
    plans = [PlanImpact(offer, figures) for offer, figures in zip(offers, run.result["plans"], strict=True)]
    return Understood(run.result["people"], plans)


def bars_of(cell: dict[str, Any]) -> list[Bar]:
    """Return the bins of a cell as a bar of one hundred."""
    whole, start, bars = max(cell["people"], 1), 0.0, []
    for places, people in cell["bins"]:
        share = 100 * people / whole
        label = (
            BINS[places[0]]
            if len(places) == 1
            else say("{first} to {last}", first=BINS[places[0]], last=BINS[places[-1]])
        )
        middle = (places[0] + places[-1]) / 2
        tone = f"b{round(middle)}" if len(places) < len(BINS) else "b2"
        bars.append(Bar(label, people, round(share, 1), round(start, 1), tone))
        start += share
    return bars
