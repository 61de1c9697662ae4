"""Every rule of the language refuses what breaks it, on its line, with what to do."""

import pytest

from server.comp import PlanError, read_plan

LEVEL = "levels: [{name: One, variable: $50,000, quota: $800,000}]\n"
FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"


def refused(*parts: str) -> str:
    with pytest.raises(PlanError) as failure:
        read_plan("name: A\nyear: 2027-01\n" + "".join(parts))
    return "\n".join(str(problem) for problem in failure.value.problems)


def component(terms: str) -> str:
    return LEVEL + f"components: [{{name: Sales, {terms}}}]\n"


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ("curve: [{from: 0%, pays: 0%}], tiers: [{from: 0%, pays: 1x}]", "A component can pay in only one way."),
        ("accumulates: year", "needs at least one tier"),
        ("tiers: [{pays: 1x}]", "Use either “from” (includes the threshold) or “above”"),
        ("tiers: [{from: 0%, above: 0%, pays: 1x}]", "Use either “from” (includes the threshold) or “above”"),
        ("bonuses: [{from: 0%, above: 5%, pays: $1}]", "Use either “from” (includes the threshold) or “above”"),
        ("curve: [{pays: 5%}]", "Use either “from” (includes the threshold) or “above”"),
        ("tiers: [{from: 50%, pays: 1x}, {from: 40%, pays: 2x}]", "The thresholds must be in rising order."),
        ("tiers: [{above: 50%, pays: 1x}, {from: 50%, pays: 2x}]", "The thresholds must be in rising order."),
        ("tiers: [{from: 5, pays: 1x}, {from: $40, pays: 2x}]", "mix shares of quota and amounts"),
        ("curve: [{from: 50%, pays: 1%}, {from: 40%, pays: 2%}]", "The thresholds must be in rising order."),
        ("tiers: [{from: 0%, pays: $250}]", "An amount per unit needs a measure that counts."),
        ("credits: deals, tiers: [{from: 0, pays: 5%}]", "A percentage needs a measure in money."),
        ("credits: deals, tiers: [{from: $5, pays: $5}]", "A number is expected here"),
        (
            "credits: deals, rate by: [{pays: 5%}], tiers: [{from: 0, pays: 1x}]",
            "A percentage needs a measure in money.",
        ),
        ("tiers: [{from: 0%, pays: 7}]", "The unit is missing."),
        ("objectives: [{name: a, weight: 60%}, {name: b, weight: 60%}]", "The weights add up to more than 100%."),
        ("objectives: [{name: a, weight: 60%, at least: 90%, at most: 50%}]", "This range is empty."),
        ("reads: nrr, tiers: [{from: 0%, pays: 1x}]", "A component that reads a result needs a curve or bonuses."),
        ("accumulates: deal, curve: [{from: 0%, pays: 5%}]", "This component pays for a period"),
        ("curve: [{from: 0%, pays: 5%}], advances: [50%]", "Advances need tiers or bonuses"),
        ("accumulates: deal, tiers: [{from: 0%, pays: 1x}], advances: [50%]", "Advances need tiers or bonuses"),
        (
            "accumulates: quarter, tiers: [{from: 0%, pays: 1x}], advances: [10%, 20%, 30%]",
            "The last month of the period pays the remainder",
        ),
        ("straddling: rate before, bonuses: [{from: 0%, pays: $5}]", "“straddling” needs marginal tiers."),
        (
            "straddling: rate before, method: retroactive, tiers: [{from: 0%, pays: 1x}]",
            "“straddling” needs marginal tiers.",
        ),
        (
            "gate: {needs: [{of: nrr, from: 1}], otherwise: the first tier}, curve: [{from: 0%, pays: 5%}]",
            "Only a component with tiers has a first tier.",
        ),
        ("gate: {otherwise: nothing}, tiers: [{from: 0%, pays: 1x}]", "“needs” is missing."),
        (
            "gate: {needs: [{of: nrr, from: 1}], otherwise: something}, tiers: [{from: 0%, pays: 1x}]",
            "A gate that is not met can pay nothing, a percentage, or the first tier.",
        ),
        (
            "gate: {needs: [{of: nrr}]}, tiers: [{from: 0%, pays: 1x}]",
            "A condition needs “from”, “above”, “below” or “up to”.",
        ),
        (
            "gate: {needs: [{of: nrr, from: 1, above: 2}]}, tiers: [{from: 0%, pays: 1x}]",
            "Use either “from” or “above”",
        ),
        ("gate: {needs: [{of: nrr, from: 3, below: 2}]}, tiers: [{from: 0%, pays: 1x}]", "This range is empty."),
        (
            "gate: {needs: [{of: nrr, from: 1.1234567}]}, tiers: [{from: 0%, pays: 1x}]",
            "A result can have at most nine digits and six decimals",
        ),
        (
            "gate: {needs: [{of: attainment of Nobody, from: 5%}]}, tiers: [{from: 0%, pays: 1x}]",
            "There is no component called “nobody”.",
        ),
        ("minimum: $5, curve: [{from: 0%, pays: 5%}]", "“minimum” needs a component that pays for each deal."),
        ("between: linear, bonuses: [{from: 0%, pays: $5}]", "“between” and “beyond” need a curve."),
        (
            "pays on: margin, bonuses: [{from: 0%, pays: $5}]",
            "“pays on” needs tiers that pay for each deal.",
        ),
        (
            "pays on: margin, tiers: [{from: 0%, pays: 5%}, {from: 5%, pays: 6%, method: retroactive}]",
            "must be all marginal or all retroactive",
        ),
        (
            "pays on: margin, tiers: [{from: 0%, pays: 1x}]",
            "1x is a rate on the credited measure, but this pays on another one.",
        ),
        (
            "pays on: margin, rate by: [{pays: 2x}], tiers: [{from: 0%, pays: 1x}]",
            "1x is a rate on the credited measure",
        ),
        (
            "credits: deals, pays on: margin, tiers: [{from: 0, pays: $5}]",
            "An amount per unit needs a measure that counts.",
        ),
        ("cap: $5 a deal, curve: [{from: 0%, pays: 5%}]", "A cap per deal needs a component that pays for each deal."),
        (
            "quota: $5 a deal, tiers: [{from: 0%, pays: 1x}]",
            "State the quota for a week, a month, a quarter, half a year or a year.",
        ),
        ("every: {step: 0%, pays: $5}", "A step must be more than 0."),
        (
            "matrix: {rows: {of: nrr, from: [1, 0]}, columns: {of: csat, from: [1]}, pays: [[1%], [2%]]}",
            "The thresholds must be in rising order.",
        ),
        (
            "matrix: {rows: {of: nrr, from: [0, 1]}, columns: {of: csat, from: [1]}, pays: [[1%]]}",
            "The matrix needs 2 rows of 1 shares.",
        ),
        (
            "matrix: {rows: {of: nrr, from: [0, 1]}, columns: {of: csat, from: [1]}, pays: 5%}",
            "A list is expected here.",
        ),
        ("matrix: {rows: {of: nrr, from: [0, 1]}, pays: [5%, 6%]}", "“columns” is missing."),
        ("where: {discount: {from: 10%, up to: 5%}}, tiers: [{from: 0%, pays: 1x}]", "This range is empty."),
        ("where: {term: {from: 12, above: 13}}, tiers: [{from: 0%, pays: 1x}]", "Use either “from” or “above”"),
        ("where: {term: {below: 12, up to: 13}}, tiers: [{from: 0%, pays: 1x}]", "and either “below” or “up to”"),
        ("where: {prepaid: perhaps}, tiers: [{from: 0%, pays: 1x}]", "This is not one of: yes, no."),
        ("where: {role: boss}, tiers: [{from: 0%, pays: 1x}]", "This is not one of"),
        ("where: {product: [[a]]}, tiers: [{from: 0%, pays: 1x}]", "A single value is expected here"),
        ("where: {product: [" + "a, " * 40 + "b]}, tiers: [{from: 0%, pays: 1x}]", "At most 24 entries are allowed."),
        ("where: [a], tiers: [{from: 0%, pays: 1x}]", "Terms are expected here."),
        ("tiers: 5", "A list is expected here."),
        ("window: {from: 2027-03-01, until: 2027-02-01}, tiers: [{from: 0%, pays: 1x}]", "This range is empty."),
        ("tiers: [{from: 0%, pays: 1x, method: [a]}]", "A single value is expected here"),
        ("'': 5, tiers: [{from: 0%, pays: 1x}]", "This key is unknown."),
    ],
)
def test_a_component_that_breaks_a_rule(terms: str, says: str) -> None:
    assert says in refused(component(terms))


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((FLAT,), "A plan needs at least one level."),
        ((LEVEL,), "A plan needs at least one component."),
        ((LEVEL, FLAT, "quotas: {spread: [50%, 25%, 25%]}\n"), "A spread must have 2, 4 or 12 shares."),
        ((LEVEL, FLAT, "quotas: {spread: [50%, 60%]}\n"), "The shares add up to 110% instead of 100%."),
        ((LEVEL, FLAT, "quotas: {spread: [1/0, 60%]}\n"), "The denominator cannot be 0."),
        ((LEVEL, FLAT, "release: [{share: 100%, on: month 61}]\n"), "The month must be between 1 and 60."),
        (
            (LEVEL, FLAT, "release: [{share: 100%, on: signing, within: 5 days}]\n"),
            "“within” needs an event that can be late",
        ),
        ((LEVEL, FLAT, "clawback: {takes: all}\n"), "Use either “within”, or “steps” that each have a “within”."),
        (
            (LEVEL, FLAT, "clawback: {within: 3 months, steps: [{within: 5 days, takes: 5%}]}\n"),
            "Use either “within”, or “steps”",
        ),
        (
            (LEVEL, FLAT, "clawback: {takes: all, steps: [{within: 5 days, takes: 5%}]}\n"),
            "With “steps”, state “takes” on each step.",
        ),
        (
            (LEVEL, FLAT, "clawback: {steps: [{within: 3 months, takes: 5%}, {within: 90 days, takes: 1%}]}\n"),
            "The steps must be in rising order.",
        ),
        ((LEVEL, FLAT, "clawback: {within: 0 months, takes: all}\n"), "A window must be at least one day."),
        ((LEVEL, FLAT, "clawback: {within: 11 years, takes: all}\n"), "A duration can be at most ten years."),
        ((LEVEL, FLAT, "cap: 50% of target a deal\n"), "A cap for each deal is an amount."),
        ((LEVEL, FLAT, "cap: [$1, $2, $3, $4, $5]\n"), "At most 4 entries are allowed."),
        ((LEVEL, FLAT, "windfall: {}\n"), "“deal above” is missing."),
        ((LEVEL, FLAT, "draws: [{amount: $5 a year}]\n"), "A draw must be for a month or a quarter."),
        ((LEVEL, FLAT, "draws: [{amount: $5, months: 0}]\n"), "Write months like 6, or 4 to 6."),
        (
            (LEVEL, FLAT, "draws: [{amount: $5 a quarter, months: 1 to 4}]\n"),
            "A quarterly draw must cover whole quarters.",
        ),
        (
            (LEVEL, FLAT, "draws: [{amount: $5 a quarter, months: 1 to 3, counted from: the person's start}]\n"),
            "Only a monthly draw",
        ),
        ((LEVEL, FLAT, "exchange: [{currency: EURO, rate: 1}]\n"), "A currency must be three capital letters."),
        ((LEVEL, FLAT, "exchange: [{currency: EUR, rate: 0}]\n"), "An exchange rate must be more than 0."),
        ((LEVEL, FLAT, "multipliers: [{name: a, adds: 5%, times: 2x, where: {kind: new}}]\n"), "Use either “adds”"),
        ((LEVEL, FLAT, "multipliers: [{name: a, where: {kind: new}}]\n"), "Use either “adds”"),
        ((LEVEL, FLAT, "multipliers: [{name: a, adds: 5%}]\n"), "“when” is missing."),
        ((LEVEL, FLAT, "multipliers: [{name: a, by: nrr}]\n"), "“steps” is missing."),
        (
            (LEVEL, FLAT, "multipliers: [{name: a, by: nrr, adds: 5%, steps: [{from: 1, times: 2x}]}]\n"),
            "The steps give the factor",
        ),
        ((LEVEL, FLAT, "multipliers: [{name: a, by: nrr, steps: [{times: 2x}]}]\n"), "A condition needs “from”"),
        (
            (LEVEL, FLAT, "multipliers: [{name: a, adds: 5%, needs: [{of: nrr, from: 1}], where: {kind: new}}]\n"),
            "cannot have “when” or “where”",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: a, adds: 5%, where: {kind: new}, to: [Sales]}]\n"),
            "“to” needs a multiplier that is tested at the end of a period.",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: a, adds: 5%, needs: [{of: nrr, from: 1}], to: [Nobody]}]\n"),
            "There is no component called “Nobody”.",
        ),
        (
            (
                LEVEL,
                FLAT,
                "multipliers: [{name: a, adds: 5%, where: {kind: new}}, {name: A, adds: 5%, where: {kind: new}}]\n",
            ),
            "Two multipliers have this name.",
        ),
        (
            ("levels: [{name: One, variable: $5, quota: $8, quotas: [{component: X, quota: $5}]}]\n", FLAT),
            "There is no component called “X”.",
        ),
        (
            ("levels: [{name: One, variable: $500, quota: $1}]\n", FLAT),
            "would be paid more than 1000% of sales.",
        ),
        (
            ("levels: [{name: One, variable: $5, quota: $8, reached at: {sales: $5, over: 40 days}}]\n", FLAT),
            "A milestone must look back whole months.",
        ),
        (
            ("levels: [{name: One, variable: $5, quota: $8, reached at: {sales: $5, over: 40 months}}]\n", FLAT),
            "A milestone can look back 1 to 36 months.",
        ),
        (
            ("levels: [{name: One, variable: $5, quota: $8, reached at: {over: 4 months}}]\n", FLAT),
            "“sales” is missing.",
        ),
        ((LEVEL, FLAT, "cases: [{name: x, rep: Nobody, expect: {total: $5}}]\n"), "This is not one of: One."),
        (
            (LEVEL, FLAT, "cases: [{name: x, deals: [{signed: 2027-01-01, shares: [0%, 100%]}]}]\n"),
            "A share must be more than 0.",
        ),
        (
            (LEVEL, FLAT, "cases: [{name: x, deals: [{signed: 2027-01-01, term: 700}]}]\n"),
            "A term can be at most 600 months.",
        ),
        (
            (LEVEL, FLAT, "cases: [{name: x, deals: [{signed: 2027-01-01, rep average: 6}]}]\n"),
            "An average must be between 1 and 5",
        ),
        ((LEVEL, FLAT, "cases: [{name: x, expect: {total: much}}]\n"), "This is not an amount of money."),
        ((LEVEL, FLAT, "cases: [{name: x, expect: {attainment: much}}]\n"), "The unit is missing."),
        ((LEVEL, FLAT, "cases: [{name: x, expect: {attainment: 5%}}]\n"), "This case results in 0%."),
        ((LEVEL, FLAT, "cases: [{name: x, expect: {quota: $5, rate: 1/2, deals: [$5]}}]\n"), "This case has 0 deals."),
        (
            (LEVEL, FLAT, "cases: [{name: x, deals: [{signed: 2027-01-01}], expect: {deals: [$5]}}]\n"),
            "This case pays $0 for",
        ),
        (
            (LEVEL, FLAT, "cases: [{name: x, deals: [{signed: 2027-01-01, meetings: 1.5}]}]\n"),
            "This must be a whole number",
        ),
        ((LEVEL, FLAT, "cup: 5\n" * 1 + "".join(f"key{n}: 1\n" for n in range(300))), "This key is unknown."),
    ],
)
def test_a_plan_that_breaks_a_rule(parts: tuple[str, ...], says: str) -> None:
    assert says in refused(*parts)


def test_unknown_keys_without_end_are_not_all_listed() -> None:
    assert refused(LEVEL, FLAT, "".join(f"key{n}: 1\n" for n in range(3_000))).count("\n") < 200


def test_a_quota_of_nothing_leaves_percentages_usable() -> None:
    read_plan(
        "name: A\nlevels: [{name: One}]\ncomponents: [{name: S, rate by: [{pays: 5%}], tiers: [{from: $0, pays: 1x}]}]"
    )
    with pytest.raises(PlanError, match="undefined"):
        read_plan("name: A\nlevels: [{name: One}]\ncomponents: [{name: S, curve: [{from: 0%, pays: 5%}]}]")
