"""What a plan means for everybody, seen without seeing anybody: totals, five bins, groups of five people or more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from server.comp.rounding import Bools, Int64s

MIN_GROUP = 5
"""No figure is given for fewer people, nor for all but fewer."""
ROUNDING = 100_000
"""Amounts are rounded to a thousand units of money."""
BIN_EDGES = (Fraction(-5, 100), Fraction(-1, 100), Fraction(1, 100), Fraction(5, 100))
"""Where the five bins of gain and loss meet, as shares of today's pay."""
_PARTITIONS = tuple(
    tuple(tuple(range(first, last)) for first, last in pairwise((0, *cuts, 5)))
    for size in range(4, -1, -1)
    for cuts in combinations(range(1, 5), size)
)
"""Every way to put neighbouring bins together, those with most parts first."""


BinLabels = tuple[tuple[int, ...], ...]
"""Bins put together: each part names neighbouring ones."""


@dataclass(frozen=True, slots=True)
class Bin:
    """How many people lie in one or several neighbouring bins (0: loses over 5 %, 4: gains over 5 %)."""

    bins: tuple[int, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One published group: its name (empty for everybody), people, rounded cost today and under the plan, and bins.

    A cost is None where a few people make up most of it or of the change: the sum would tell what they are paid.
    """

    group: str
    people: int
    today: int | None
    then: int | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class ImpactTable:
    """All cells that are published: everybody, and the groups of each kind; `hidden` counts who lies in none of a kind.

    There are none at all for fewer than five people.
    """

    everyone: Cell | None
    kinds: Mapping[str, tuple[Cell, ...]]
    suppressed: Mapping[str, int]


def bin_counts(today: Int64s, then: Int64s) -> Int64s:
    """Return each person's bin (n,), 0 to 4, by the exact share of gain or loss; an edge belongs to the calmer bin."""
    gain = (then - today).astype(object)
    base = np.maximum(today, 1).astype(object)
    place = np.zeros(today.shape, dtype=np.int64)
    for edge in BIN_EDGES:
        top, bottom = base * edge.numerator, gain * edge.denominator
        place += (bottom >= top if edge < 0 else bottom > top).astype(np.int64)
    return place


def impact_table(
    today: Int64s, then: Int64s, kinds: Mapping[str, Sequence[str]], watched: Sequence[Int64s] = ()
) -> ImpactTable:
    """Return what may be published of totals today and under a plan (people,), by several fixed groupings.

    A group is published when it has five people or more, and no published group or union of two comes to it, or to all
    others, but for one to four people: what is subtracted must never leave a few. `watched` are amounts (people,) whose
    sums can be had from the cost by subtraction, as what it pays above base, or beside another published plan; where
    one of them would tell a single amount, the cost is withheld.
    """
    people = today.size
    if people < MIN_GROUP:
        return ImpactTable(None, dict.fromkeys(kinds, ()), dict.fromkeys(kinds, people))
    place = bin_counts(today, then)
    chosen = _published(kinds, people)
    sums = [then - today, *watched]
    everybody = np.ones(people, dtype=np.bool_)
    finest = _parts([everybody], place, _PARTITIONS)
    whole = _cell("", everybody, (today, then, sums), place, finest)
    cells: dict[str, tuple[Cell, ...]] = {}
    earlier: list[tuple[Bools, BinLabels]] = []
    for kind, shown in chosen.items():
        rest = _rest(shown, people)
        masks = [*shown.values(), *([rest] if rest.any() else [])]
        coarser = [parts for parts in _PARTITIONS if _joined(parts, finest) == parts]
        parts = next(
            parts for parts in coarser if _holds(masks, place, parts) and _holds_beside(masks, earlier, place, parts)
        )
        earlier += [(mask, parts) for mask in masks]
        cells[kind] = tuple(_cell(name, mask, (today, then, sums), place, parts) for name, mask in shown.items())
    return ImpactTable(whole, cells, {kind: int(_rest(shown, people).sum()) for kind, shown in chosen.items()})


def _published(kinds: Mapping[str, Sequence[str]], people: int) -> dict[str, dict[str, Bools]]:
    """Choose the groups of each kind that can stand beside all others, the largest first."""
    accepted: list[Bools] = [np.ones(people, dtype=np.bool_)]
    chosen: dict[str, dict[str, Bools]] = {}
    for kind, groups in kinds.items():
        names = np.array(groups, dtype=object)
        sizes = {name: int((names == name).sum()) for name in sorted(set(groups))}
        here: dict[str, Bools] = {}
        for name in sorted(sizes, key=lambda one: (-sizes[one], one)):
            mask: Bools = names == name
            if sizes[name] >= MIN_GROUP and _stands(mask, [*accepted, *here.values()]):
                here[name] = mask
        while here and (rest := _rest(here, people)).any() and not _stands(rest, [*accepted, *here.values()]):
            here.popitem()
        accepted += [*here.values(), *([rest] if here and (rest := _rest(here, people)).any() else [])]
        chosen[kind] = {name: here[name] for name in sorted(here)}
    return chosen


def _rest(shown: Mapping[str, Bools], people: int) -> Bools:
    rest = np.ones(people, dtype=np.bool_)
    for mask in shown.values():
        rest &= ~mask
    return rest


def _stands(mask: Bools, others: Sequence[Bools]) -> bool:
    """Say whether a group differs from every other, every union of two, and what these leave, by nobody or by five."""
    unions = [one | other for one, other in combinations(others, 2) if not (one & other).any()]
    apart = [int((mask ^ other).sum()) for other in (*others, *unions)]
    few = range(1, MIN_GROUP)
    return not any(count in few or mask.size - count in few for count in apart) and int(mask.sum()) not in few


def _parts(masks: Sequence[Bools], place: Int64s, among: Sequence[BinLabels]) -> BinLabels:
    return next(parts for parts in among if _holds(masks, place, parts))


def _holds(masks: Sequence[Bools], place: Int64s, parts: BinLabels) -> bool:
    """Say whether no part of any group is a few; all bins together always hold."""
    if len(parts) == 1:
        return True
    return not any(0 < int(np.isin(place[mask], part).sum()) < MIN_GROUP for mask in masks for part in parts)


def _holds_beside(
    masks: Sequence[Bools], earlier: Sequence[tuple[Bools, BinLabels]], place: Int64s, parts: BinLabels
) -> bool:
    """Say whether what is left of a group without a smaller one of another kind is no few either."""
    for mask in masks:
        for other, theirs in earlier:
            for large, small in ((mask, other), (other, mask)):
                if not (small & ~large).any() and not _holds([large & ~small], place, _joined(parts, theirs)):
                    return False
    return True


def _joined(one: BinLabels, other: BinLabels) -> BinLabels:
    """Return the finest bins that both partitions can be put together to."""
    cuts = [{part[0] for part in parts} for parts in (one, other)]
    starts = sorted(cuts[0] & cuts[1])
    return tuple(tuple(range(first, last)) for first, last in pairwise((*starts, 5)))


def _cell(
    group: str, mask: Bools, totals: tuple[Int64s, Int64s, Sequence[Int64s]], place: Int64s, parts: BinLabels
) -> Cell:
    today, then = totals[0][mask], totals[1][mask]
    bins = tuple(Bin(part, int(np.isin(place[mask], part).sum())) for part in parts)
    open_now = not is_disclosive(today)
    open_then = open_now and not (is_disclosive(then) or any(is_disclosive(amounts[mask]) for amounts in totals[2]))
    now, later = round_figure(int(today.sum())), round_figure(int(then.sum()))
    return Cell(group, int(mask.sum()), now if open_now else None, later if open_then else None, bins)


def is_disclosive(amounts: Int64s) -> bool:
    """Say whether a sum would tell a single amount: fewer than five make it up, or one is most of it."""
    sizes = np.abs(amounts)
    whole = int(sizes.sum())
    return whole > 0 and (int(np.count_nonzero(sizes)) < MIN_GROUP or 2 * int(sizes.max()) > whole)


def round_figure(cents: int) -> int:
    """Round an amount to what is published."""
    return (cents + ROUNDING // 2) // ROUNDING * ROUNDING
