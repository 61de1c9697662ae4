"""Changes between two plans are listed term by term, in reading order, with old and new."""

from server.comp import Change, Plan, diff, read_plan

PLAN = """\
name: A plan
summary: Words.
levels:
  - {name: One, base: $50,000, variable: $50,000, quota: $800,000}
  - {name: Two, variable: $66,000, quota: $900,000, reached at: {sales: $800,000}}
components:
  - name: Sales
    where: {kind: [new]}
    tiers:
      - {from: 0%, pays: 1x}
      - {from: 100%, pays: 1.5x}
  - {name: Extra, credits: deals, tiers: [{from: 0, pays: $250}]}
release:
  - {share: 50%, on: signing}
  - {share: 50%, on: aha, within: 60 days}
cap: $200,000
"""


def changes(*replacements: tuple[str, str], back: bool = False) -> list[Change]:
    text = PLAN
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    before, after = (read_plan(text), read_plan(PLAN)) if back else (read_plan(PLAN), read_plan(text))
    return diff(before, after)


def sentences(*replacements: tuple[str, str], back: bool = False) -> list[str]:
    return [str(change.sentence) for change in changes(*replacements, back=back)]


def test_nothing_changed() -> None:
    assert diff(read_plan(PLAN), read_plan(PLAN)) == []


def test_a_changed_number_shows_old_and_new() -> None:
    [change] = changes(("pays: 1.5x", "pays: 1.4x"))
    assert str(change.sentence) == "Sales: from 100%: commission: 1.5x to 1.4x"
    assert (str(change.old), str(change.new)) == ("1.5x", "1.4x")
    assert change.path == "components/Sales/tiers/from 100%/pays"
    assert (change.unit, change.material) == ("multiple", True)


def test_changes_are_in_reading_order() -> None:
    sentences_shown = sentences(
        ("cap: $200,000", "cap: none"), ("base: $50,000", "base: $55,000"), ("within: 60 days", "within: 45 days")
    )
    assert sentences_shown == [
        "One: Base: $50,000 to $55,000",
        "paid at the aha moment: Within: 60 days to 45 days",
        "Cap: $200,000 a year to –",
    ]


def test_an_added_or_removed_entry_is_shown_in_full() -> None:
    added = ("cap: $200,000", "cap: $200,000\nmultipliers: [{name: Prepaid, adds: 5%, where: {prepaid: yes}}]")
    assert sentences(added) == ["Prepaid: added, Name Prepaid, Adds 5%, Where Prepaid yes"]
    assert sentences(added, back=True) == ["Prepaid: removed, was Name Prepaid, Adds 5%, Where Prepaid yes"]
    two = ("  - {name: Extra, credits: deals, tiers: [{from: 0, pays: $250}]}\n", "")
    assert "Extra: removed" in sentences(two)[0]


def test_an_edge_that_moved_is_a_change_of_that_edge() -> None:
    assert sentences(("from: 100%, pays: 1.5x", "from: 110%, pays: 1.5x")) == ["Sales: from 110%: From: 100% to 110%"]


def test_a_new_name_inside_a_plan_is_material() -> None:
    changed = changes(("name: Extra", "name: Bonus"))
    assert [(str(change.sentence), change.material) for change in changed] == [("Name: Extra to Bonus", True)]
    assert [change.material for change in changes(("name: A plan", "name: B"), ("Words.", "Other."))] == [False, False]


def test_a_nested_part_is_named_by_its_path() -> None:
    assert sentences(("sales: $800,000", "sales: $700,000")) == ["Two: Reached at: Sales: $800,000 to $700,000"]
    assert sentences(("kind: [new]", "kind: [new, expansion]")) == ["Sales: Where: Kind: new to new, expansion"]
    assert sentences((", reached at: {sales: $800,000}", "")) == ["Two: Reached at: removed, was Sales $800,000"]
    assert sentences((", reached at: {sales: $800,000}", ""), back=True) == ["Two: Reached at: added, Sales $800,000"]


def test_reordered_tiers_are_reported() -> None:
    swapped = (
        PLAN.replace("share: 50%, on: signing", "share: 50%, on: x")
        .replace("share: 50%, on: aha, within: 60 days", "share: 50%, on: signing")
        .replace("on: x", "on: aha, within: 60 days")
    )
    [change] = diff(read_plan(PLAN), read_plan(swapped))
    assert (
        str(change.sentence)
        == "Order: paid at signing, paid at the aha moment to paid at the aha moment, paid at signing"
    )
    assert change.path == "release/order"


def test_unnamed_rules_are_paired_by_their_content() -> None:
    rules = ["{needs: [{of: nrr, from: 90%}], pays: 5%}", "{needs: [{of: nrr, from: 80%}], pays: 4%}", "{pays: 3%}"]

    def plan(*order: int) -> Plan:
        listed = ", ".join(rules[place] for place in order)
        return read_plan(PLAN.replace("tiers:", f"rate by: [{listed}]\n    tiers:", 1))

    assert [change.unit for change in diff(plan(0, 1, 2), plan(1, 2))] == ["entry"]
    assert [change.unit for change in diff(plan(0, 1, 2), plan(1, 0, 2))] == ["order"]
    assert [change.unit for change in diff(plan(1, 2), plan(0, 1, 2))] == ["entry"]


def test_figures_that_look_alike_are_distinguished() -> None:
    thirds = PLAN.replace("share: 50%, on: signing", "share: 1/3, on: signing").replace("share: 50%", "share: 2/3")
    rounded = thirds.replace("1/3", "33.333333%").replace("2/3", "66.666667%")
    said = [str(change.sentence) for change in diff(read_plan(thirds), read_plan(rounded))]
    assert said == [
        "paid at signing: Share: 1/3 to 33333333/100000000",
        "paid at the aha moment: Share: 2/3 to 66666667/100000000",
    ]


def test_multiples_that_look_alike_are_distinguished() -> None:
    old = read_plan(PLAN.replace("pays: 1.5x", "pays: 1.3333333334x"))
    new = read_plan(PLAN.replace("pays: 1.5x", "pays: 1.3333333333x"))
    [change] = diff(old, new)
    assert str(change.sentence).endswith("6666666667/5000000000 to 13333333333/10000000000")


def test_goals_are_described_in_words() -> None:
    [change] = diff(read_plan(PLAN), read_plan(PLAN + "goals: [{goal: 1, how: it does}]\n"))
    assert not change.material


def test_entries_of_the_same_name_are_distinguished() -> None:
    twice = PLAN + "draws: [{amount: $5, months: 1 to 2}, {amount: $5, months: 3 to 4}]\n"
    other = twice.replace("3 to 4", "3 to 5")
    [change] = diff(read_plan(twice), read_plan(other))
    assert change.path == "draws/$5 a month (2)/months"
    assert str(change.sentence) == "$5 a month: Months: months 3 to 4 to months 3 to 5"
