"""Which deals a rule is about: by kind, product, segment, region, role, customer, term, size, margin and the like."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.history import RESULT_SCALE, Book, Deal
from server.comp.language.declarations import (
    COUNT,
    FLAG,
    MONEY,
    PERCENT,
    Choices,
    choice,
    declarations_of,
    declare,
    text,
)
from server.comp.language.ranges import Range, RangeOf
from server.comp.rounding import Bools, Int64s
from server.messages import Message, message

KINDS = ("new", "expansion", "renewal")
ROLES = ("own", "overlay", "team")
_WORDS = ("kind", "product", "segment", "region", "customer", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """A deal that matches every stated attribute counts; an attribute that is not stated lets every deal through.

    Roles say why a rep is credited: `own` deals, `overlay` credit, a manager's `team`.
    """

    kind: tuple[str, ...] = declare(Choices(choice(*KINDS)), ())
    product: tuple[str, ...] = declare(Choices(text(120)), ())
    segment: tuple[str, ...] = declare(Choices(text(120)), ())
    region: tuple[str, ...] = declare(Choices(text(120)), ())
    customer: tuple[str, ...] = declare(Choices(text(120)), ())
    role: tuple[str, ...] = declare(Choices(choice(*ROLES)), ())
    term_months: Range | None = declare(RangeOf(COUNT), None, key="term", doc="Months of the contract.")
    discount: Range | None = declare(RangeOf(PERCENT), None, doc="A deal without a stated discount has none: 0%.")
    size: Range | None = declare(RangeOf(MONEY), None, doc="The deal's ARR.")
    margin: Range | None = declare(RangeOf(PERCENT), None, doc="The deal's gross margin as a share of its ARR.")
    prepaid: bool | None = declare(FLAG, None)

    def admits(self, deal: Deal) -> bool:
        """Say whether a deal counts."""
        for name in _WORDS:
            wanted, word = getattr(self, name), getattr(deal, name)
            if wanted and word not in wanted and word.casefold() not in _folded(wanted):
                return False
        if self.term_months and not self.term_months.admits(deal.term):
            return False
        if self.discount and not self.discount.admits(deal.discount or Fraction(0)):
            return False
        if self.size and not self.size.admits(deal.arr):
            return False
        if self.margin and not (deal.arr > 0 and self.margin.admits(Fraction(deal.amount("margin") or 0, deal.arr))):
            return False
        return self.prepaid is None or deal.prepaid == self.prepaid

    def mask(self, book: Book) -> Bools | None:
        """Say for each deal (n,) whether it counts; None when all do."""
        found: list[Bools] = []
        for name in _WORDS:
            wanted = getattr(self, name)
            if wanted:
                found.append(_among(book, name, wanted))
        if self.term_months:
            found.append(self.term_months.mask(book.term))
        if self.discount:
            found.append(self.discount.mask(np.maximum(book.discount, 0), RESULT_SCALE))
        if self.size:
            found.append(self.size.mask(book.arr))
        if self.margin:
            found.append(self.margin.reached(_margins(book), book.arr))
        if self.prepaid is not None:
            found.append((book.prepaid != 0) == self.prepaid)
        if not found:
            return None
        return found[0] if len(found) == 1 else np.logical_and.reduce(found)

    def sentence(self, currency: str) -> Message:
        """Say which deals count."""
        said: Message | None = None
        for found in declarations_of(Eligibility):
            value = getattr(self, found.name)
            if value == found.default:
                continue
            part = message("{label} {value}", label=_LABELS[found.name], value=found.type.shown(value, currency))
            said = part if said is None else message("{first}, {second}", first=said, second=part)
        return message("Deals count with: {conditions}.", conditions=said) if said else message("Every deal counts.")


_LABELS = {
    "kind": message("kind"),
    "product": message("product"),
    "segment": message("segment"),
    "region": message("region"),
    "customer": message("customer"),
    "role": message("role"),
    "term_months": message("term in months"),
    "discount": message("discount"),
    "size": message("size"),
    "margin": message("margin"),
    "prepaid": message("prepaid"),
}

EVERY = Eligibility()


def _margins(book: Book) -> Int64s:
    amounts, stated = book.amounts.get("margin", (np.zeros_like(book.arr), np.zeros(book.arr.shape, dtype=np.bool_)))
    return np.where(stated, amounts, 0)


def _among(book: Book, name: str, wanted: tuple[str, ...]) -> Bools:
    codes, folded = book.words[name], _folded(wanted)
    hit = np.array([word.casefold() in folded for word in codes.words], dtype=np.bool_)
    return hit[codes.code]


def _folded(wanted: tuple[str, ...]) -> frozenset[str]:
    """Return words without regard to capitals: a product is the same however a plan spells it."""
    return frozenset(word.casefold() for word in wanted)
