"""Eligibility: which deals a rule applies to, by kind, product, segment, region, role, size and more."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.book import Book
from server.comp.history import RESULT_SCALE, Deal
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
_WORD_ATTRIBUTES = ("kind", "product", "segment", "region", "customer", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The attributes a deal must match; an attribute that is not stated matches every deal.

    A role is why a rep is credited: `own` deals, `overlay` credit, or deals of a manager's `team`.
    """

    kind: tuple[str, ...] = declare(Choices(choice(*KINDS)), ())
    product: tuple[str, ...] = declare(Choices(text(120)), ())
    segment: tuple[str, ...] = declare(Choices(text(120)), ())
    region: tuple[str, ...] = declare(Choices(text(120)), ())
    customer: tuple[str, ...] = declare(Choices(text(120)), ())
    role: tuple[str, ...] = declare(Choices(choice(*ROLES)), ())
    term_months: Range | None = declare(RangeOf(COUNT), None, key="term", doc="Months of the contract.")
    discount: Range | None = declare(
        RangeOf(PERCENT),
        None,
        doc="A deal without a stated discount has 0%.",
    )
    size: Range | None = declare(RangeOf(MONEY), None, doc="The deal's ARR.")
    margin: Range | None = declare(
        RangeOf(PERCENT),
        None,
        doc="The gross margin of the deal as a share of its ARR.",
    )
    prepaid: bool | None = declare(FLAG, None)

    def admits(self, deal: Deal) -> bool:
        """Return whether a deal matches."""
        for name in _WORD_ATTRIBUTES:
            allowed, value = getattr(self, name), getattr(deal, name)
            if allowed and value not in allowed and value.casefold() not in _casefolded(allowed):
                return False
        if self.term_months and not self.term_months.admits(deal.term):
            return False
        if self.discount and not self.discount.admits(deal.discount or Fraction(0)):
            return False
        if self.size and not self.size.admits(deal.arr):
            return False
        if self.margin:
            margin = Fraction(deal.amount("margin") or 0, deal.arr) if deal.arr > 0 else None
            if not self.margin.admits(margin):
                return False
        return self.prepaid is None or deal.prepaid == self.prepaid

    def mask(self, book: Book) -> Bools | None:
        """Return which deals (n,) match, or None if all do."""
        masks: list[Bools] = []
        for name in _WORD_ATTRIBUTES:
            allowed = getattr(self, name)
            if allowed:
                masks.append(_among(book, name, allowed))
        if self.term_months:
            masks.append(self.term_months.mask(book.term))
        if self.discount:
            masks.append(self.discount.mask(np.maximum(book.discount, 0), RESULT_SCALE))
        if self.size:
            masks.append(self.size.mask(book.arr))
        if self.margin:
            masks.append(self.margin.reached(_margins(book), book.arr))
        if self.prepaid is not None:
            masks.append((book.prepaid != 0) == self.prepaid)
        if not masks:
            return None
        return masks[0] if len(masks) == 1 else np.logical_and.reduce(masks)

    def conditions(self, currency: str) -> Message | None:
        """Return the stated attributes with their values, or None if every deal matches."""
        joined: Message | None = None
        for term in declarations_of(Eligibility):
            value = getattr(self, term.name)
            if value == term.default:
                continue
            shown = term.type.shown(value, currency)
            part = message("{label} {value}", label=_LABELS[term.name], value=shown)
            joined = part if joined is None else message("{first}, {second}", first=joined, second=part)
        return joined

    def sentence(self, currency: str) -> Message:
        """Describe which deals match in a sentence."""
        conditions = self.conditions(currency)
        if conditions is None:
            return message("Every deal counts.")
        return message("Deals that count: {conditions}.", conditions=conditions)


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
    if "margin" not in book.amounts:
        return np.zeros_like(book.arr)
    amounts, stated = book.amounts["margin"]
    return np.where(stated, amounts, 0)


def _among(book: Book, name: str, allowed: tuple[str, ...]) -> Bools:
    codes, allowed_words = book.words[name], _casefolded(allowed)
    matches = np.array([word.casefold() in allowed_words for word in codes.words], dtype=np.bool_)
    return matches[codes.code]


def _casefolded(words: tuple[str, ...]) -> frozenset[str]:
    """Return words in lower case: a plan may spell a product in any case."""
    return frozenset(word.casefold() for word in words)
