"""Statistical disclosure control: the impact of a plan in totals and bins, with small groups suppressed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from server.comp.rounding import Bools, Int64s

MIN_GROUP = 5
"""No figure is published for fewer people than this, nor for all but fewer than this."""
ROUNDING = 100_000
"""In cents: amounts are rounded to a thousand units of money."""
BIN_EDGES = (Fraction(-5, 100), Fraction(-1, 100), Fraction(1, 100), Fraction(5, 100))
"""The edges between the five bins of gain and loss, as shares of today's pay."""
_BIN_COUNT = len(BIN_EDGES) + 1

BinLabels = tuple[tuple[int, ...], ...]
"""A partition of the bins: each part holds neighbouring bins that are merged."""

_PARTITIONS: tuple[BinLabels, ...] = tuple(
    tuple(tuple(range(first, end)) for first, end in pairwise((0, *cuts, _BIN_COUNT)))
    for size in range(_BIN_COUNT - 1, -1, -1)
    for cuts in combinations(range(1, _BIN_COUNT), size)
)
"""Every way to merge neighbouring bins, the finest partitions first."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The number of people in one or several neighbouring bins (0: loses over 5 %, 4: gains over 5 %)."""

    bins: tuple[int, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A published group: name (empty for everyone), number of people, rounded costs in cents, and bins.

    `today` is the cost today and `proposed` that under the plan.
    A cost is None where few people make up most of it or of the change, since it would reveal what they are
    paid.
    """

    group: str
    people: int
    today: int | None
    proposed: int | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class ImpactTable:
    """All published cells: everyone, and the groups of each kind; none at all for fewer than five people.

    `suppressed` is the number of people who are in no published group of a kind.
    """

    everyone: Cell | None
    kinds: Mapping[str, tuple[Cell, ...]]
    suppressed: Mapping[str, int]


def bin_counts(today: Int64s, proposed: Int64s) -> Int64s:
    """Return the bin of each person (n,), 0 to 4, by the exact share of gain or loss.

    An edge belongs to the bin with the smaller change.
    """
    gain = (proposed - today).astype(object)
    base = np.maximum(today, 1).astype(object)
    bins = np.zeros(today.shape, dtype=np.int64)
    for edge in BIN_EDGES:
        scaled_edge, scaled_gain = base * edge.numerator, gain * edge.denominator
        bins += (scaled_gain >= scaled_edge if edge < 0 else scaled_gain > scaled_edge).astype(np.int64)
    return bins


def impact_table(
    today: Int64s,
    proposed: Int64s,
    kinds: Mapping[str, Sequence[str]],
    watched: Sequence[Int64s] = (),
) -> ImpactTable:
    """Return what may be published of totals today and under a plan (people,), by several fixed groupings.

    A group is published if it has five people or more, and if it differs from every other published group,
    from every union of two, and from everyone else by no one or by five or more: a subtraction must never
    leave a few.

    `watched` are amounts (people,) whose sums can be derived from the cost by subtraction, such as pay above
    base or the difference to another published plan. If one of these sums would reveal a single amount, the
    cost is withheld.
    """
    people = today.size
    if people < MIN_GROUP:
        return ImpactTable(None, dict.fromkeys(kinds, ()), dict.fromkeys(kinds, people))
    bins = bin_counts(today, proposed)
    amounts = (today, proposed, [proposed - today, *watched])
    published = _published_groups(kinds, people)
    all_people = np.ones(people, dtype=np.bool_)
    finest = next(parts for parts in _PARTITIONS if _is_safe([all_people], bins, parts))
    everyone = _cell("", all_people, amounts, bins, finest)
    candidates = [parts for parts in _PARTITIONS if _merged(parts, finest) == parts]
    cells: dict[str, tuple[Cell, ...]] = {}
    earlier: list[tuple[Bools, BinLabels]] = []
    for kind, groups in published.items():
        remainder = _remainder(groups, people)
        masks = [*groups.values(), *([remainder] if remainder.any() else [])]
        parts = next(
            partition
            for partition in candidates
            if _is_safe(masks, bins, partition) and _is_safe_with(masks, earlier, bins, partition)
        )
        earlier += [(mask, parts) for mask in masks]
        cells[kind] = tuple(_cell(name, mask, amounts, bins, parts) for name, mask in groups.items())
    suppressed = {kind: int(_remainder(groups, people).sum()) for kind, groups in published.items()}
    return ImpactTable(everyone, cells, suppressed)


def _published_groups(kinds: Mapping[str, Sequence[str]], people: int) -> dict[str, dict[str, Bools]]:
    """Return the mask (people,) of each published group by kind and name; larger groups are considered first.

    The people of a kind who are in no published group are a group too, since subtraction reveals them.
    """
    accepted: list[Bools] = [np.ones(people, dtype=np.bool_)]
    published: dict[str, dict[str, Bools]] = {}
    for kind, groups in kinds.items():
        names = np.array(groups, dtype=object)
        sizes = {name: int((names == name).sum()) for name in sorted(set(groups))}
        masks: dict[str, Bools] = {}
        for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
            mask: Bools = names == name
            if sizes[name] >= MIN_GROUP and _is_distinct(mask, [*accepted, *masks.values()]):
                masks[name] = mask
        remainder = _remainder(masks, people)
        while masks and remainder.any() and not _is_distinct(remainder, [*accepted, *masks.values()]):
            masks.popitem()
            remainder = _remainder(masks, people)
        accepted += [*masks.values(), *([remainder] if masks and remainder.any() else [])]
        published[kind] = {name: masks[name] for name in sorted(masks)}
    return published


def _remainder(masks: Mapping[str, Bools], people: int) -> Bools:
    """Return the people (people,) who are in no group."""
    remainder = np.ones(people, dtype=np.bool_)
    for mask in masks.values():
        remainder &= ~mask
    return remainder


def _is_distinct(mask: Bools, others: Sequence[Bools]) -> bool:
    """Return whether a group differs from each other group and union of two by no one or by five people.

    The same must hold for the complements of these.
    """
    unions = [first | second for first, second in combinations(others, 2) if not (first & second).any()]
    differences = [int((mask ^ other).sum()) for other in (*others, *unions)]
    few = range(1, MIN_GROUP)
    if int(mask.sum()) in few:
        return False
    return not any(count in few or mask.size - count in few for count in differences)


def _is_safe(masks: Sequence[Bools], bins: Int64s, parts: BinLabels) -> bool:
    """Return whether no part of a group has one to four people; a single part is always safe."""
    if len(parts) == 1:
        return True
    return not any(0 < int(np.isin(bins[mask], part).sum()) < MIN_GROUP for mask in masks for part in parts)


def _is_safe_with(
    masks: Sequence[Bools],
    earlier: Sequence[tuple[Bools, BinLabels]],
    bins: Int64s,
    parts: BinLabels,
) -> bool:
    """Return whether subtracting a group from one that contains it is safe, across this and earlier kinds."""
    for mask in masks:
        for other, other_parts in earlier:
            for large, small in ((mask, other), (other, mask)):
                is_inside = not (small & ~large).any()
                if is_inside and not _is_safe([large & ~small], bins, _merged(parts, other_parts)):
                    return False
    return True


def _merged(first: BinLabels, second: BinLabels) -> BinLabels:
    """Return the finest partition that both partitions can be merged to."""
    starts = sorted({part[0] for part in first} & {part[0] for part in second})
    return tuple(tuple(range(start, end)) for start, end in pairwise((*starts, _BIN_COUNT)))


def _cell(
    group: str,
    mask: Bools,
    amounts: tuple[Int64s, Int64s, Sequence[Int64s]],
    bins: Int64s,
    parts: BinLabels,
) -> Cell:
    """Return the cell of a group; `amounts` are totals today, totals under the plan, derivable amounts."""
    today, proposed = amounts[0][mask], amounts[1][mask]
    derivable = [derived[mask] for derived in amounts[2]]
    can_show_today = not is_disclosive(today)
    can_show_proposed = can_show_today and not any(is_disclosive(values) for values in (proposed, *derivable))
    return Cell(
        group,
        people=int(mask.sum()),
        today=round_figure(int(today.sum())) if can_show_today else None,
        proposed=round_figure(int(proposed.sum())) if can_show_proposed else None,
        bins=tuple(Bin(part, int(np.isin(bins[mask], part).sum())) for part in parts),
    )


def is_disclosive(amounts: Int64s) -> bool:
    """Return whether a sum reveals a single amount: fewer than five, or one is more than half of it."""
    sizes = np.abs(amounts)
    total = int(sizes.sum())
    return total > 0 and (int(np.count_nonzero(sizes)) < MIN_GROUP or 2 * int(sizes.max()) > total)


def round_figure(cents: int) -> int:
    """Return an amount in cents rounded for publication."""
    return (cents + ROUNDING // 2) // ROUNDING * ROUNDING
