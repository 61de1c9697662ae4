"""Every choice of a plan is described: in the sentences of its document and in the table of its terms."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from server.comp import describe, read_plan
from server.comp.analysis.terms import terms_table
from server.messages import Money, Multiple, Percent

LANGUAGE = (Path(__file__).parent.parent.parent / "docs" / "plan-language.md").read_text()
EXAMPLES = re.findall(r"```plan\n(.*?)```", LANGUAGE, re.DOTALL)
HEAD = "name: A\nyear: 2027-01\n"
LEVEL = "levels: [{name: One, base: $50,000, variable: $50,000, quota: $800,000}]\n"
FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"


def description(*parts: str) -> str:
    plan = read_plan(HEAD + "".join(parts))
    table = [f"{term.label} | {term.value}" for term in terms_table(plan)]
    return "\n".join([*map(str, describe(plan)), *table])


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.split("\n")[0] for text in EXAMPLES])
def test_every_example_is_described_completely(text: str) -> None:
    plan = read_plan(text)
    for sentence in [*describe(plan), *(part for term in terms_table(plan) for part in (term.label, term.value))]:
        assert "{" not in str(sentence)
        assert "None" not in str(sentence)
        assert str(sentence)
    assert len({str(sentence) for sentence in describe(plan)}) >= 8


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((LEVEL, FLAT), "One: base $50,000, variable $50,000 at a quota of $800,000 a year."),
        ((LEVEL, FLAT), "Base / variable | $50,000 / $50,000"),
        ((LEVEL, FLAT), "Quota | $800,000 a year, 6.25%"),
        (("levels: [{name: One, variable: $1, quota: $10 a month}]\n", FLAT), "at a quota of $10 a month."),
        ((LEVEL, FLAT.replace("from: 0%", "above: 10%")), "Credit above 10% pays 1x."),
        ((LEVEL, FLAT.replace("from: 0%", "above: 10%")), "Sales pays | 1x above 10%"),
        (
            (LEVEL, FLAT.replace("}]}]", "}, {from: 5%, pays: 2x, method: retroactive}]}]")),
            "Sales pays | 1x of new ARR, 2x of everything from 5%",
        ),
        (
            (LEVEL, FLAT, "clawback: {within: 90 days, takes: pro rata by day}\n"),
            "the unearned part of what was paid on the deal, counted in days, is taken back.",
        ),
        (
            (LEVEL, FLAT, "clawback: {within: 90 days, takes: pro rata by day}\n"),
            "Clawback | pro rata by day, within 90 days",
        ),
        (
            (LEVEL, FLAT, "clawback: {within: 1 year, takes: all, of: what was earned}\n"),
            "all of what was earned on the deal is taken back.",
        ),
        ((LEVEL, FLAT, "clawback: {within: 1 year, takes: all}\n"), "Clawback | all that was paid, within 12 months"),
        ((LEVEL, FLAT, "in force: {from: 2027-02-01}\n"), "Only deals signed from 2027-02-01 on count."),
        ((LEVEL, FLAT, "in force: {until: 2027-02-01}\n"), "Only deals signed up to 2027-02-01 count."),
        (
            (LEVEL, FLAT, "in force: {from: 2027-02-01, until: 2027-03-01}\n"),
            "Only deals signed from 2027-02-01 to 2027-03-01 count.",
        ),
        (
            (
                LEVEL,
                FLAT,
                (
                    "quotas: {ramp: [50%], ramp rate: rises, prorated: by days, start day: does not count, level"
                    " change: blended}\n"
                ),
            ),
            "the first day does not count.",
        ),
        ((LEVEL, FLAT, "quotas: {ramp: [50%], ramp rate: rises}\n"), "During the ramp the rate rises"),
        ((LEVEL, FLAT, "quotas: {prorated: by months, level change: blended}\n"), "a started month counts."),
        ((LEVEL, FLAT, "quotas: {level change: blended}\n"), "quota and target are blended by months."),
        ((LEVEL, FLAT, "quota credit: as released\n"), "A deal counts towards quota as its payouts are released."),
        (
            (
                LEVEL[:-2] + ", {name: Two, variable: $1, quota: $2}]\n",
                FLAT,
                "rate when paid: of the level when it is paid\n",
            ),
            "Each payout uses the rate of the level held when it is paid.",
        ),
        ((LEVEL[:-2] + ", {name: Two, variable: $1, quota: $2}]\n", FLAT), "One | $50,000 / $50,000 · quota $800,000"),
        (
            (LEVEL, FLAT, "release: [{share: 100%, on: aha, within: 60 days, otherwise: paid late}]\n"),
            "100% is paid at the aha moment; after 60 days it is late but still paid.",
        ),
        ((LEVEL, FLAT, "release: [{share: 100%, on: go-live}]\n"), "100% is paid at go-live."),
        ((LEVEL.replace("quota", "rate: 7.5%, quota"), FLAT), "Quota | $800,000 a year, 7.5%"),
        (
            (
                LEVEL,
                FLAT.replace("tiers", "gate: {needs: [{of: nrr, from: 1}, {of: csat, from: 2}], at least: 1}, tiers"),
            ),
            "It needs 1 of these: nrr from 1 and csat from 2",
        ),
        (
            (LEVEL, FLAT.replace("tiers", "gate: {needs: [{of: nrr, from: 1, over: every quarter}]}, tiers")),
            "It needs nrr from 1 in every quarter at the end",
        ),
        (
            (LEVEL, FLAT.replace("1x", "5%").replace("tiers", "pays on: margin, tiers")),
            "Rates apply to the deal's gross margin.",
        ),
        (
            (LEVEL, FLAT.replace("1x", "5%").replace("tiers", "pays on: margin, tiers")),
            "A deal that crosses a threshold is paid in full at the lower tier's rate.",
        ),
        (
            (LEVEL, FLAT, "clawback: {steps: [{within: 90 days, takes: 100%}, {within: 6 months, takes: 50%}]}\n"),
            "When a customer leaves within 6 months, 50% of what was paid on the deal is taken back.",
        ),
        (
            (LEVEL, FLAT, "clawback: {steps: [{within: 90 days, takes: 100%}, {within: 6 months, takes: 50%}]}\n"),
            "Clawback | 100% of it, 50% of it, within 6 months",
        ),
        (
            (LEVEL, FLAT, "release: [{share: 100%, on: month 6, leaving that month: keeps it}]\n"),
            "100% is paid in month 6 if the customer is still there at the start of that month.",
        ),
        ((LEVEL, FLAT, "windfall: {deal above: $500,000}\n"), "A deal above $500,000 is flagged for review"),
        (
            (
                LEVEL,
                FLAT,
                (
                    "multipliers: [{name: M, times: 1.5x, when: {average rounded: one decimal, counts this deal: no,"
                    " over: all time, missing rating: counts as met}}]\n"
                ),
            ),
            "The average is rounded to one decimal first.",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: M, times: 1.5x, when: {missing rating: counts as met}}]\n"),
            "or 90 days after signing without a rating.",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: M, times: 1.5x, when: {over: all time, counts this deal: no}}]\n"),
            "The average counts every rating so far.",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: M, times: 1.5x, when: {deal rating: 5}}]\n"),
            "M | 1.5x for a deal of 5 stars, average 1 or better",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: M, times: 1.5x, where: {prepaid: yes}, when: {deal rating: 5}}]\n"),
            "Deals that count: prepaid yes.",
        ),
        (
            (LEVEL, FLAT, "multipliers: [{name: M, adds: 5%, where: {prepaid: yes}}]\n"),
            "M | +5%. Deals that count: prepaid yes.",
        ),
        (
            (
                LEVEL,
                FLAT,
                (
                    "multipliers: [{name: M, adds: 5%, needs: [{of: nrr, from: 90%}]}, {name: N, by: nrr, steps:"
                    " [{from: 1, times: 2x}]}]\n"
                ),
            ),
            "M | +5% with nrr from 90%",
        ),
        (
            (
                LEVEL,
                FLAT,
                (
                    "multipliers: [{name: M, adds: 5%, where: {prepaid: yes}}, {name: N, adds: 5%, where: {term:"
                    " 36}}]\ncombine: sum\n"
                ),
            ),
            "The multipliers of a deal are added up.",
        ),
        (
            (
                LEVEL,
                (
                    "components: [{name: Sales, accumulates: half, paid: every half, curve: [{from: 0%, pays: 0%},"
                    " {from: 50%, pays: 100%}], between: linear, beyond: goes on}]\n"
                ),
            ),
            "After the last point, pay rises at the same slope.",
        ),
        (
            (LEVEL, "components: [{name: Sales, accumulates: half, curve: [{above: 0%, pays: 5%}]}]\n"),
            "Sales pays | 5% above 0% of the target",
        ),
        (
            (
                LEVEL,
                (
                    "components: [{name: Sales, gate: {needs: [{of: rating, from: 4.5}], otherwise: 25%}, tiers:"
                    " [{from: 0%, pays: 1x}]}]\n"
                ),
            ),
            "It needs rating from 4.5 at the end of the period; otherwise it pays 25% of it.",
        ),
        ((LEVEL, "components: [{name: Sales, every: {step: $10,000, pays: $5}}]\n"), "$5 for each full $10,000."),
        ((LEVEL, FLAT.replace("tiers", "counts: [{share: 50%}], tiers")), "50% of every deal is credited."),
        (
            (LEVEL, FLAT.replace("tiers", "counts: [{when: {kind: renewal}, share: 50%}], tiers")),
            "50% of deals with kind renewal is credited.",
        ),
        ((LEVEL, FLAT.replace("tiers", "where: {size: {}}, tiers")), "Deals that count: size anything."),
        ((LEVEL, FLAT.replace("1x", "nothing")), "Credit pays nothing from the start."),
        (
            (LEVEL, FLAT, "draws: [{amount: $5, months: 2 to 2}]\n"),
            "Variable pay is at least $5 a month in month 2, counted from the plan year.",
        ),
        (
            (
                LEVEL,
                "components: [{name: Sales, objectives: [{name: G, weight: 50%, at least: 50%, at most: 120%}]}]\n",
            ),
            "G pays 50% of the target times its score, from a score of 50%, up to 120%.",
        ),
        (
            (
                LEVEL,
                (
                    "components: [{name: Sales, where: {size: {from: $5, up to: $9}, term: [12, 24], segment: a},"
                    " tiers: [{from: 0%, pays: nothing}]}]\n"
                ),
            ),
            "Deals that count: segment a, term in months 12, 24, size from $5, up to $9.",
        ),
    ],
)
def test_each_choice_is_described(parts: tuple[str, ...], sentence: str) -> None:
    assert sentence in description(*parts)


def test_values_are_shown_as_they_are() -> None:
    assert str(Money(-123_456, "EUR")) == "-€1,234.56"
    assert str(Money(5, "SEK")) == "SEK 0.05"
    assert str(Percent(Fraction(-1, 16))) == "-6.25%"
    assert str(Percent(Fraction(1, 3))) == "33.3333…%"
    assert str(Multiple(Fraction(1, 16))) == "0.0625x"
