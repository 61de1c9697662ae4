"""Spreadsheet formulas of dates and clawbacks, built from the formulas of their parts."""

from fractions import Fraction

from server.comp.mechanics.clawback import ALL, BY_MONTH, Clawback
from server.messages import Duration


def later(day: str, duration: Duration) -> str:
    """Return the formula of the day a duration after another."""
    return f"({day}+{duration.count})" if duration.unit == "days" else f"EDATE({day},{duration.count})"


def clawback_amount(rule: Clawback, base: str, start: str, churned: str) -> str:
    """Return the formula of the cents of `base` that are taken back if the customer leaves on `churned`."""
    if rule.steps:
        formula = "0"
        for step in reversed(rule.steps):
            share = f"ROUND({base}*{step.takes.numerator}/{step.takes.denominator},0)"
            formula = f"IF({churned}<{later(start, step.within)},{share},{formula})"
        return formula
    if isinstance(rule.takes, Fraction):
        return f"ROUND({base}*{rule.takes.numerator}/{rule.takes.denominator},0)"
    if rule.takes == ALL:
        return base
    if rule.takes == BY_MONTH:
        months = rule.window.count
        between = f"((YEAR({churned})-YEAR({start}))*12+MONTH({churned})-MONTH({start}))"
        served = f"({between}-IF({churned}<EDATE({start},{between}),1,0))"  # DATEDIF counts one less from month ends
        return f"ROUND({base}*({months}-{served})/{months},0)"
    days = f"({later(start, rule.window)}-{start})"
    return f"ROUND({base}*({days}-({churned}-{start}))/{days},0)"
