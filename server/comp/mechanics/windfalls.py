"""Windfalls: a deal so large that it is flagged for review; nothing is reduced automatically."""

from dataclasses import dataclass
from fractions import Fraction

from server.comp.history import Deal
from server.comp.language.declarations import MONEY, SHARE, declare
from server.comp.language.fields import Fields
from server.messages import Message, Money, Percent, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Windfall:
    """Flags a deal above an amount, or above a share of the level's yearly quota."""

    deal_above: int | None = declare(MONEY, None)
    quota_share_above: Fraction | None = declare(SHARE, None)

    def check(self, fields: Fields) -> None:
        """Report a rule without a threshold."""
        if self.deal_above is None and self.quota_share_above is None:
            fields.report("", message("“{name}” is missing.", name="deal above"))

    def flags(self, deal: Deal, quota: int) -> bool:
        """Return whether a deal is flagged; `quota` is yearly, in cents."""
        if self.deal_above is not None and deal.arr > self.deal_above:
            return True
        return self.quota_share_above is not None and quota > 0 and deal.arr > self.quota_share_above * quota

    def sentence(self, currency: str) -> Message:
        """Describe the rule in a sentence."""
        if self.deal_above is not None:
            threshold: Message = message("{amount}", amount=Money(self.deal_above, currency))
        else:
            share = Percent(self.quota_share_above or Fraction(0))
            threshold = message("{share} of the yearly quota", share=share)
        return message(
            "A deal above {threshold} is flagged for review; nothing is reduced automatically.",
            threshold=threshold,
        )
