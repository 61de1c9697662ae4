"""The half-at-the-aha-moment plan in OpenFisca-core: run by a Python of its own that has it, prints seconds and totals.

Usage: python openfisca_model.py DEALS.json, where the file holds variable and quota in cents of several plans, and the
deals of one rep in order as [signed, arr, aha, churned] with days counted from 1970 and 2147483647 for never.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import MONTH, YEAR
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

NEVER = 2**31 - 1
FIRST_MONTH = (2026 - 1970) * 12

Deal = build_entity(key="deal", plural="deals", label="A won deal", is_person=True)
Rep = build_entity(
    key="rep", plural="reps", label="Who sold them", roles=[{"key": "sold", "plural": "sold", "label": "sold"}]
)


def months(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def half_up(value: np.ndarray) -> np.ndarray:
    return np.floor(value + 0.5)


class signed(Variable):
    value_type, entity, definition_period = int, Deal, YEAR


class arr(Variable):
    value_type, entity, definition_period = float, Deal, YEAR


class aha(Variable):
    value_type, entity, definition_period = int, Deal, YEAR


class churned(Variable):
    value_type, entity, definition_period = int, Deal, YEAR


class rate(Variable):
    value_type, entity, definition_period = float, Deal, YEAR


class quota(Variable):
    value_type, entity, definition_period = float, Deal, YEAR


class running(Variable):
    """Credit so far in the plan year of each deal; the deals of a rep are in order."""

    value_type, entity, definition_period = float, Deal, YEAR

    def formula(deal, period, parameters):
        amounts = deal("arr", period).astype(np.float64)
        year = (months(deal("signed", period)) - FIRST_MONTH) // 12
        total = amounts.cumsum()
        fresh = np.ones(year.shape, dtype=bool)
        fresh[1:] = year[1:] != year[:-1]
        starts = np.flatnonzero(fresh)
        return total - np.repeat((total - amounts)[starts], np.diff(np.append(starts, year.size)))


class commission(Variable):
    value_type, entity, definition_period = float, Deal, YEAR

    def formula(deal, period, parameters):
        amounts = deal("arr", period).astype(np.float64)
        after = deal("running", period).astype(np.float64)
        own, most = deal("rate", period).astype(np.float64), deal("quota", period).astype(np.float64)

        def owed(total):
            return half_up(np.minimum(total, most) * own) + half_up(np.maximum(total - most, 0) * own * 1.5)

        return owed(after) - owed(after - amounts)


class paid_at_signing(Variable):
    value_type, entity, definition_period = float, Deal, YEAR

    def formula(deal, period, parameters):
        return half_up(deal("commission", period).astype(np.float64) / 2)


class aha_paid_on(Variable):
    value_type, entity, definition_period = int, Deal, YEAR

    def formula(deal, period, parameters):
        day = deal("aha", period)
        day = np.where(day <= deal("signed", period) + 60, day, NEVER)
        return np.where(deal("churned", period) <= day, NEVER, day)


class paid_at_aha(Variable):
    value_type, entity, definition_period = float, Deal, YEAR

    def formula(deal, period, parameters):
        return deal("commission", period).astype(np.float64) - deal("paid_at_signing", period)


class taken_back(Variable):
    value_type, entity, definition_period = float, Deal, YEAR

    def formula(deal, period, parameters):
        begun, left = deal("signed", period), deal("churned", period)
        safe = np.where(left == NEVER, begun, left)
        served = months(safe) - months(begun)
        first = (months(begun)).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        last = (months(safe)).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        served = served - ((safe - last) < (begun - first))
        paid = deal("paid_at_signing", period) + np.where(
            deal("aha_paid_on", period) != NEVER, deal("paid_at_aha", period), 0
        )
        return np.where((left != NEVER) & (served < 12), half_up(paid.astype(np.float64) * (12 - served) / 12), 0)


class pay(Variable):
    """What a rep is paid in a month, in cents; base comes on top."""

    value_type, entity, definition_period = float, Rep, MONTH

    def formula(rep, period, parameters):
        month = (period.start.year - 1970) * 12 + period.start.month - 1
        year = period.this_year

        def in_month(amount, day):
            days = rep.members(day, year)
            in_month = (days != NEVER) & (months(np.where(days == NEVER, 0, days)) == month)
            return np.where(in_month, rep.members(amount, year), 0)

        return rep.sum(
            in_month("paid_at_signing", "signed")
            + in_month("paid_at_aha", "aha_paid_on")
            - in_month("taken_back", "churned")
        )


def system() -> TaxBenefitSystem:
    made = TaxBenefitSystem([Deal, Rep])
    made.add_variables(
        signed,
        arr,
        aha,
        churned,
        rate,
        quota,
        running,
        commission,
        paid_at_signing,
        aha_paid_on,
        paid_at_aha,
        taken_back,
        pay,
    )
    return made


def total_of(made: TaxBenefitSystem, deals: np.ndarray, terms: dict[str, int]) -> float:
    builder = SimulationBuilder()
    builder.create_entities(made)
    builder.declare_person_entity("deal", [str(n) for n in range(len(deals))])
    reps = builder.declare_entity("rep", ["0"])
    builder.join_with_persons(reps, np.array(["0"] * len(deals)), ["sold"] * len(deals))
    simulation = builder.build(made)
    for name, column in (("signed", 0), ("arr", 1), ("aha", 2), ("churned", 3)):
        simulation.set_input(name, "2026", deals[:, column])
    simulation.set_input("rate", "2026", np.full(len(deals), terms["variable"] / terms["quota"]))
    simulation.set_input("quota", "2026", np.full(len(deals), float(terms["quota"])))
    return sum(float(simulation.calculate("pay", f"2026-{month:02d}")[0]) for month in range(1, 13))


def situation(deals: np.ndarray, terms: dict[str, int]) -> dict[str, object]:
    """Return the deals as the situation that OpenFisca's own tests and web interface read."""
    rate_, quota_ = terms["variable"] / terms["quota"], float(terms["quota"])
    return {
        "deals": {
            str(n): {
                "signed": {"2026": int(row[0])},
                "arr": {"2026": float(row[1])},
                "aha": {"2026": int(row[2])},
                "churned": {"2026": int(row[3])},
                "rate": {"2026": rate_},
                "quota": {"2026": quota_},
            }
            for n, row in enumerate(deals)
        },
        "reps": {"0": {"sold": [str(n) for n in range(len(deals))]}},
    }


def total_of_situation(made: TaxBenefitSystem, asked: dict[str, object]) -> float:
    simulation = SimulationBuilder().build_from_entities(made, asked)
    return sum(float(simulation.calculate("pay", f"2026-{month:02d}")[0]) for month in range(1, 13))


def middle(run: Callable[[], object], times: int) -> float:
    walls = []
    for _ in range(times):
        began = time.process_time()
        run()
        walls.append(time.process_time() - began)
    return sorted(walls)[times // 2]


def main() -> None:
    asked = json.loads(Path(sys.argv[1]).read_text())
    deals, made = np.array(asked["deals"], dtype=np.int64), system()
    totals = [total_of(made, deals, terms) for terms in asked["plans"]]
    situations = [situation(deals, terms) for terms in asked["plans"]]
    seconds = middle(lambda: [total_of(made, deals, terms) for terms in asked["plans"]], asked["times"])
    read = middle(lambda: [total_of_situation(made, situation) for situation in situations], asked["times"])
    print(json.dumps({"seconds": seconds, "situation": read, "totals": totals}))


if __name__ == "__main__":
    main()
