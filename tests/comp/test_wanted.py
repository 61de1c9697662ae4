"""A plan's text is changed so that it describes itself as wanted, or not at all."""

import pytest

from server.comp.describing import table_of
from server.comp.reader import read_plan
from server.comp.wanted import with_wanted
from server.variants.ready import ready_plans

TEXT = """\
name: AE  # kept as it is
levels:
  - {name: AE, base: $75,000, variable: $75,000, quota: $750,000}
  - {name: Senior AE, base: $90,000, variable: $90,000, quota: $900,000}
components:
  - name: New business
    tiers:
      - {from: 0%, pays: 1x}
      - {from: 100%, pays: 1.5x}
release:
  - {share: 50%, on: signing}
  - {share: 50%, on: aha, within: 60 days}
clawback: {within: 6 months, takes: all}
"""


def described(text: str) -> dict[str, str]:
    return {str(label): str(value) for label, value in table_of(read_plan(text))}


@pytest.mark.parametrize(("label", "old", "new", "was", "put"), [
    ("New business pays", "1.5x", "1.75x", "pays: 1.5x", "pays: 1.75x"),
    ("New business pays", "100%", "120%", "from: 100%", "from: 120%"),
    ("AE", "quota $750,000", "quota $700,000", "quota: $750,000", "quota: $700,000"),
    ("Senior AE", "/ $90,000", "/ $95,000", "variable: $90,000", "variable: $95,000"),
    ("Paid", "60 days", "90 days", "within: 60 days", "within: 90 days"),
    ("Clawback", "6 months", "3 months", "within: 6 months", "within: 3 months"),
])  # fmt: skip
def test_one_value_is_found_and_nothing_else_is_touched(label: str, old: str, new: str, was: str, put: str) -> None:
    wanted = described(TEXT)[label].replace(old, new)
    assert wanted != described(TEXT)[label]
    changed = with_wanted(TEXT, label, wanted)
    assert changed == TEXT.replace(was, put)


def test_several_values_at_once() -> None:
    wanted = described(TEXT)["Paid"].replace("50% at signing, 50%", "40% at signing, 60%")
    changed = with_wanted(TEXT, "Paid", wanted)
    assert changed
    assert described(changed)["Paid"] == wanted


def test_a_figure_that_follows_from_another_may_be_wanted_as_it_was() -> None:
    text = TEXT.replace("  - {name: Senior AE, base: $90,000, variable: $90,000, quota: $900,000}\n", "")
    before = described(text)["Quota"]
    changed = with_wanted(text, "Quota", before.replace("$750,000", "$600,000"))
    assert changed == text.replace("$750,000", "$600,000")


@pytest.mark.parametrize(("label", "wanted"), [
    ("Paid", "all of it at once"), ("Nothing of this name", "1x"), ("Clawback", "all that was paid, within 6 months"),
    ("Clawback", "all that was paid, within soon months"), ("New business pays", "1x of new ARR"),
    ("New business pays", "1x of new ARR, \\g<0> from 100%"),
])  # fmt: skip
def test_what_no_single_value_says_is_left_to_people(label: str, wanted: str) -> None:
    assert with_wanted(TEXT, label, wanted) is None


def test_every_figure_of_every_ready_plan_ends_as_wanted_or_not_at_all() -> None:
    found = 0
    for ready in ready_plans():
        for label, value in described(ready.text).items():
            for word in value.split():
                digits = "".join(sign for sign in word if sign.isdigit())
                if not digits:
                    continue
                wanted = value.replace(digits, str(int(digits) + 1))
                changed = with_wanted(ready.text, label, wanted)
                if changed is not None:
                    found += 1
                    assert word.replace(digits, str(int(digits) + 1)) in described(changed)[label]
    assert found > 20
