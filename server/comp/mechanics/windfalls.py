"""Windfalls: a deal so large that it is flagged for review; nothing is reduced by itself."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.history import Deal
from server.comp.language.declarations import MONEY, SHARE, declare
from server.comp.language.fields import Fields
from server.messages import Message, Money, Percent, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Windfall:
    """A deal above an amount, or above a share of the level's yearly quota, is flagged."""

    deal_above: int | None = declare(MONEY, None)
    quota_share_above: Fraction | None = declare(SHARE, None)

    def check(self, fields: Fields) -> None:
        """Report one that flags nothing."""
        if self.deal_above is None and self.quota_share_above is None:
            fields.report("", message("“{name}” is missing here.", name="deal above"))

    def flags(self, deal: Deal, quota: int) -> bool:
        """Say whether a deal is one."""
        if self.deal_above is not None and deal.arr > self.deal_above:
            return True
        return self.quota_share_above is not None and quota > 0 and deal.arr > self.quota_share_above * quota

    def sentence(self, currency: str) -> Message:
        """Say it."""
        if self.deal_above is not None:
            edge: Message = message("{amount}", amount=Money(self.deal_above, currency))
        else:
            edge = message("{share} of the yearly quota", share=Percent(self.quota_share_above or Fraction(0)))
        return message("A deal above {edge} is flagged for review; nothing is reduced by itself.", edge=edge)
