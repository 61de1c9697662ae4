"""Spreadsheet formulas of dates and clawbacks, built from the formulas of their parts."""

from server.comp.mechanics.clawback import ALL, BY_MONTH, Clawback
from server.messages import Duration


def later(day: str, duration: Duration) -> str:
    """Return the formula of the day a duration after another."""
    return f"({day}+{duration.count})" if duration.unit == "days" else f"EDATE({day},{duration.count})"


def clawback_amount(rule: Clawback, base: str, signed: str, churned: str) -> str:
    """Return the formula of the cents of `base` that are taken back if the customer leaves on `churned`."""
    if rule.steps:
        formula = "0"
        for step in reversed(rule.steps):
            share = f"ROUND({base}*{step.takes.numerator}/{step.takes.denominator},0)"
            formula = f"IF({churned}<{later(signed, step.within)},{share},{formula})"
        return formula
    if rule.takes == ALL:
        return base
    if rule.takes == BY_MONTH:
        months = rule.window.count
        between = f"((YEAR({churned})-YEAR({signed}))*12+MONTH({churned})-MONTH({signed}))"
        served = f"({between}-IF({churned}<EDATE({signed},{between}),1,0))"  # DATEDIF counts one less from month ends
        return f"ROUND({base}*({months}-{served})/{months},0)"
    days = f"({later(signed, rule.window)}-{signed})"
    return f"ROUND({base}*({days}-({churned}-{signed}))/{days},0)"
