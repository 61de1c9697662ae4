"""Pools: an amount for a team or the company, of which each person gets a share."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.language.declarations import COUNT, PERCENT, declare
from server.comp.language.fields import Fields
from server.comp.mechanics.conditions import NAME
from server.comp.periods import PERIOD_AMOUNT, PeriodAmount
from server.comp.rounding import to_cents
from server.messages import Message, Percent, message, plural_message

CENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Its size is an amount for a period, or a share of a result in money; people share it equally, or by a result."""

    amount: PeriodAmount | None = declare(PERIOD_AMOUNT, None)
    share: Fraction | None = declare(PERCENT, None)
    of: str = declare(NAME, "", doc="The result that the share is of, such as the company's revenue.")
    people: int | None = declare(COUNT, None, doc="How many people share it equally.")
    by: str = declare(NAME, "", doc="The result that holds each person's own share.")

    def check(self, fields: Fields) -> None:
        """Report a size or a division that is missing, or stated twice."""
        has_share = self.share is not None and bool(self.of)
        if (self.amount is None) == (not has_share) or (self.amount is not None and (self.share or self.of)):
            rule = message("A pool needs either an “amount”, or a “share” and the result it is “of”.")
            fields.report("amount", rule)
        if (self.people is None) == (not self.by):
            fields.report("people", message("State either how many “people” share the pool, or “by” which result."))
        if self.people == 0:
            fields.report("people", message("At least one person must share the pool."))

    @property
    def results(self) -> tuple[str, ...]:
        """The results it depends on."""
        return tuple(name for name in (self.of, self.by) if name)

    def size(self, result: Fraction | None, months: int) -> Fraction:
        """Return the exact cents of the pool in a period; `result` is what the share is of, in units of money."""
        if self.amount is not None:
            return self.amount.yearly(is_money=True) * months / MONTHS_IN_YEAR
        return (self.share or Fraction(0)) * (result or 0) * CENTS

    def owed(self, result: Fraction | None, own: Fraction | None, months: int, worked: Fraction) -> int:
        """Return one person's cents of a period.

        `own` is the person's share where it is a result, `worked` the share of the period's days under the plan.
        """
        part = Fraction(1, self.people) if self.people else own or Fraction(0)
        return to_cents(self.size(result, months) * part * worked)

    def sentences(self, currency: str) -> list[Message]:
        """Describe size and division, a sentence each."""
        if self.amount is not None:
            size = message("The pool is {amount}.", amount=self.amount.shown(currency))
        else:
            size = message("The pool is {share} of {result}.", share=Percent(self.share or Fraction(0)), result=self.of)
        if self.people:
            shared = plural_message("{count} person gets all of it.", "{count} people share it equally.", self.people)
            return [size, shared]
        return [size, message("Each person's share is their result “{result}”.", result=self.by)]
