"""A suggested value of a term is put into the plan's text where its figures are, or not at all."""

import pytest

from server.acceptance.suggestions import with_term
from server.comp import read_plan
from server.comp.analysis.terms import term_label, terms_table
from server.comp.plan_text.edit import sections_of
from server.messages import leaves
from server.plan_editor.library import library_plans

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
    return {str(term.label): str(term.value) for term in terms_table(read_plan(text))}


def with_wanted(text: str, label: str, wanted: str) -> str | None:
    """Suggest a value for the term of a label."""
    paths = {str(term.label): term.path for term in terms_table(read_plan(text.split("cases:", maxsplit=1)[0]))}
    return with_term(text, paths.get(label, label), wanted)


@pytest.mark.parametrize(
    ("label", "old", "new", "was", "put"),
    [
        ("New business pays", "1.5x", "1.75x", "pays: 1.5x", "pays: 1.75x"),
        ("New business pays", "100%", "120%", "from: 100%", "from: 120%"),
        ("AE", "quota $750,000", "quota $700,000", "quota: $750,000", "quota: $700,000"),
        ("Senior AE", "/ $90,000", "/ $95,000", "variable: $90,000", "variable: $95,000"),
        ("Paid", "60 days", "90 days", "within: 60 days", "within: 90 days"),
        ("Clawback", "6 months", "3 months", "within: 6 months", "within: 3 months"),
    ],
)
def test_only_the_suggested_value_changes(label: str, old: str, new: str, was: str, put: str) -> None:
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


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("Paid", "all of it at once"),
        ("Nothing of this name", "1x"),
        ("Clawback", "all that was paid, within 6 months"),
        ("Clawback", "all that was paid, within soon months"),
        ("New business pays", "1x of new ARR"),
        ("New business pays", "1x of new ARR, \\g<0> from 100%"),
    ],
)
def test_a_term_of_several_values_is_not_applied_automatically(label: str, wanted: str) -> None:
    assert with_wanted(TEXT, label, wanted) is None


def test_every_figure_of_every_ready_plan_ends_as_wanted_or_not_at_all() -> None:
    count = 0
    for ready in library_plans():
        for label, value in described(ready.text).items():
            for word in value.split():
                digits = "".join(sign for sign in word if sign.isdigit())
                if not digits:
                    continue
                wanted = value.replace(digits, str(int(digits) + 1))
                changed = with_wanted(ready.text, label, wanted)
                if changed is not None:
                    count += 1
                    assert word.replace(digits, str(int(digits) + 1)) in described(changed)[label]
    assert count > 20


def test_a_value_is_changed_where_it_is_and_not_where_the_same_figure_is_again() -> None:
    parts = "".join(
        f"  - name: C{n}\n    weight: 25%\n    tiers: [{{from: 0%, pays: 1x}}, {{from: 25%, pays: 1x}}, "
        "{from: 50%, pays: 1x}, {from: 75%, pays: 1x}, {from: 90%, pays: 1x}]\n"
        for n in range(4)
    )
    text = f"name: X\nlevels: [{{name: One, base: $10,000, variable: $50,000, quota: $500,000}}]\ncomponents:\n{parts}"
    value = described(text)["C1 pays"]
    changed = with_wanted(text, "C1 pays", value.replace("1x of", "2x of").replace("90%", "95%"))
    assert changed is not None
    before, after = described(text), described(changed)
    assert {label for label in before if before[label] != after[label]} == {"C1 pays"}
    assert after["C1 pays"].startswith("2x of")
    assert "95%" in after["C1 pays"]
    assert with_wanted(text, "C1 pays", f"{value} until") is None


def test_every_source_of_every_term_of_the_library_is_a_value_of_its_text() -> None:
    for plan in library_plans():
        paths = {value.path for section in sections_of(plan.text) for value in section.values}
        terms = terms_table(read_plan(plan.text))
        stated = [term for term in terms if "$0" not in str(term.value) and str(term.value) != "100% at signing"]
        sources = [source for term in stated for source in term.sources if source]
        assert sources
        assert [source for source in sources if source not in paths] == []
        assert all(len(term.sources) == len(leaves(term.value)) for term in terms)
        assert len({term.path for term in terms}) == len(terms)


def test_a_label_follows_from_the_path_alone() -> None:
    labels = {term.path: str(term_label(term.path)) for term in terms_table(read_plan(TEXT))}
    assert labels == {
        "levels/AE": "AE",
        "levels/Senior AE": "Senior AE",
        "components/New business/pays": "New business pays",
        "release": "Paid",
        "clawback": "Clawback",
    }


def test_worked_cases_keep_no_wish_from_being_met() -> None:
    [plan] = [ready.text for ready in library_plans() if ready.key == "buyer-rating"]
    case = (
        "{name: no rating, deals: [{arr: $100,000, signed: 2027-01-10, rating: 5, rated: 2027-04-10}], expect:"
        " {variable: $6,250}}"
    )
    text = f"{plan}cases: [{case}]\n"
    [(label, value)] = [(label, value) for label, value in described(text).items() if value.startswith("+")]
    share = value.split()[0]
    changed = with_wanted(text, label, value.replace(share, "+33%"))
    assert changed == text.replace(share.strip("+"), "33%", 1)
    assert described(changed.split("cases:")[0])[label].startswith("+33%")


def test_a_figure_that_follows_is_looked_for_in_no_other_term() -> None:
    text = (
        "name: X\nlevels: [{name: One, base: $50,000, variable: $56,000, quota: $800,000}]\n"
        "components:\n  - {name: New, where: {kind: [new]}, tiers: [{from: 0%, pays: 1x}]}\n"
        "  - {name: Renewals, where: {kind: [renewal]}, tiers: [{from: $0, pays: 7%}]}\n"
    )
    value = described(text)["Quota"]
    assert "7%" in value
    wanted = value.replace("$800,000", "$700,000").replace("7%", "8%")
    changed = with_wanted(text, "Quota", wanted)
    assert changed == text.replace("$800,000", "$700,000")
