"""Changes between two texts, described as a person would; nothing is lost or invented."""

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.blocks import Block, blocks_of
from server.text.diff.align import lcs
from server.text.diff.hunks import DocumentDiff, Hunk, diff_markdown
from server.text.diff.words import WordRun
from tests.comp.profiles import examples

SIGNS = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
TABLE = "| Level | Base |\n|-|-:|\n| L1 | $50,000 |\n| L3 | $60,000 |"
PLAN = """\
```plan
name: Ladder
levels: [{name: One, base: $50,000, variable: $50,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]
```"""


def written(runs: tuple[WordRun, ...]) -> str:
    return "".join(SIGNS[run.kept].format(run.text) for run in runs)


def summary(piece: Hunk) -> str:
    """One line for a piece: what it is, its words or cells or terms, and its notes."""
    if piece.terms:
        words = "; ".join(str(change.sentence) for change in piece.terms)
    elif piece.rows:
        marks = {"same": "", "gone": "-", "new": "+"}
        words = " / ".join(
            marks[row.kept] + " | ".join(written(cell.runs) for cell in row.cells)
            for row in piece.rows
            if row.is_changed
        )
    else:
        words = written(piece.runs) or "".join(block.text for block in piece.old)
    return " ".join([piece.kind, words, *map(str, piece.notes)])


def summaries(old: str, new: str) -> list[str]:
    return [summary(piece) for piece in diff_markdown(old, new).hunks if piece.kind != "same"]


@pytest.mark.parametrize(
    ("old", "new", "expected", "is_material"),
    [
        (
            "Pay is $50,000 for all who stay.",
            "Pay is $52,000 for all who stay.",
            ["changed Pay is [-$50,000-][+$52,000+] for all who stay."],
            True,
        ),
        (
            "It falls by -6.25% for each of them.",
            "It falls by -6.5% for each of them.",
            ["changed It falls by [--6.25%-][+-6.5%+] for each of them."],
            True,
        ),
        ("This is a word here.", "This is a **word** here.", ["set This is a word here. “word” is now bold."], False),
        (
            "This is a *word* here.",
            "This is a word here.",
            ["set This is a word here. “word” is no longer italic."],
            False,
        ),
        (
            "See the [FAQ](/faq) first.",
            "See the [FAQ](/help) first.",
            ["set See the FAQ first. “FAQ” now links to /help instead of /faq."],
            False,
        ),
        (
            "See the FAQ first.",
            "See the [FAQ](/help) first.",
            ["set See the FAQ first. “FAQ” now links to /help."],
            False,
        ),
        (
            "See the [FAQ](/faq) first.",
            "See the FAQ first.",
            ["set See the FAQ first. “FAQ” is no longer a link."],
            False,
        ),
        (
            "```\nx = '<script>a</script>'\n```",
            "```\nx = '<script>b</script>'\n```",
            ["changed x = '<script>[-a-][+b+]</script>'"],
            True,
        ),
        (TABLE, TABLE.replace("$50,000", "$52,000"), ["changed L1 | [-$50,000-][+$52,000+]"], True),
        (TABLE, TABLE.replace("| L3", "| L2b | $55,000 |\n| L3"), ["changed +[+L2b+] | [+$55,000+]"], True),
        (TABLE, TABLE.replace("| L1 | $50,000 |\n", ""), ["changed -[-L1-] | [-$50,000-]"], True),
        (
            TABLE,
            "| Level | OTE | Base |\n|-|-|-:|\n| L1 | $9 | $50,000 |\n| L3 | $8 | $60,000 |",
            ["changed Level | [+OTE+] | Base / L1 | [+$9+] | $50,000 / L3 | [+$8+] | $60,000"],
            True,
        ),
        (
            TABLE,
            "| Level |\n|-|\n| L1 |\n| L3 |",
            ["changed Level | [-Base-] / L1 | [-$50,000-] / L3 | [-$60,000-]"],
            True,
        ),
        (TABLE, TABLE.replace("Base", "Base pay"), ["changed Level | Base[+ pay+]"], True),
        (
            "- one thing\n- two things\n- three things",
            "- one thing\n- two other things\n- three things",
            ["changed two [+other +]things"],
            True,
        ),
        ("- one thing\n- two things", "- one thing\n- two things\n- four more", ["new [+four more+]"], True),
        (
            "The first says this of pay. The second goes on about quota.",
            "The first says this of pay.\n\nThe second goes on about quota.",
            ["split The first says this of pay.[- -][+\n\n+]The second goes on about quota."],
            False,
        ),
        (
            "The first says this of pay.\n\nThe second goes on about quota.",
            "The first says this of pay. The second goes on about quota.",
            ["joined The first says this of pay.[-\n\n-][+ +]The second goes on about quota."],
            False,
        ),
        (
            "## Why we change\n\nText here",
            "Why we change\n\nText here",
            ["set Why we change Changed from a heading to a paragraph."],
            False,
        ),
        ("## Why\n\nText here", "### Why\n\nText here", ["set Why This is now a level 3 heading."], False),
        (
            "دستمزد پایه ۵۰٬۰۰۰ تومان است و بس.",
            "دستمزد پایه ۵۲٬۰۰۰ تومان است و بس.",
            ["changed دستمزد پایه [-۵۰٬۰۰۰-][+۵۲٬۰۰۰+] تومان است و بس."],
            True,
        ),
        (
            "هذا نصٌّ عربيٌّ قصير عن راتب كل بائع في الشركة",
            "هذا نصٌّ عربيٌّ طويل عن راتب كل بائع في الشركة",
            ["changed هذا نصٌّ عربيٌّ [-قصير-][+طويل+] عن راتب كل بائع في الشركة"],
            True,
        ),
        (
            "We 👍 this 🎉 plan a lot",
            "We 👎🏽 this 🎉 plan a lot",
            ["changed We [-👍-][+👎🏽+] this 🎉 plan a lot"],
            True,
        ),
        (
            "One paragraph is here.\n\nThe last is there.",
            "One paragraph is here.\n\nAll new words come.\n\nThe last is there.",
            ["new [+All new words come.+]"],
            True,
        ),
        (
            "One paragraph is here.\n\nAll old words go.\n\nThe last is there.",
            "One paragraph is here.\n\nThe last is there.",
            ["gone [-All old words go.-]"],
            True,
        ),
        (PLAN, PLAN.replace("1.5x", "1.4x"), ["changed Sales: from 100%: commission: 1.5x to 1.4x"], True),
        (
            PLAN,
            PLAN.replace("name: Ladder", "name: Ladder\nsummary: A way up."),
            ["changed Summary: – to A way up."],
            False,
        ),
        (
            PLAN,
            PLAN.replace("$500,000", "$500000"),
            ["set " + PLAN[8:-4].replace("$500,000", "[-$500,000-][+$500000+]")],
            False,
        ),
        (
            PLAN.replace("levels", "grades"),
            PLAN.replace("levels", "steps"),
            ["changed " + PLAN[8:-4].replace("levels", "[-grades-][+steps+]")],
            True,
        ),
        ("", "Words.", ["new [+Words.+]"], True),
        ("Words.", "", ["gone [-Words.-]"], True),
        ("> we heard this", "we heard this", ["set we heard this Changed from a quotation to a paragraph."], False),
    ],
)
def test_a_change_is_described_as_a_person_would(old: str, new: str, expected: list[str], is_material: bool) -> None:
    document_diff = diff_markdown(old, new)
    assert [summary(piece) for piece in document_diff.hunks if piece.kind != "same"] == expected
    assert document_diff.is_material is is_material


def test_a_moved_section_is_not_shown_as_rewritten() -> None:
    sections = ["## A\n\nThe first has some text.", "## B\n\nThe second has other text.", "## C\n\nThe third is here."]
    summary = summaries("\n\n".join(sections), "\n\n".join([sections[2], *sections[:2]]))
    assert summary == ["moved C", "moved The third is here.", "left C", "left The third is here."]


def test_a_moved_paragraph_may_be_changed_on_its_way() -> None:
    words = "This long paragraph says at length what everybody would like to hear of the new plan for all of us."
    others = ["Then something else stands here.", "And this is the end of all of it."]
    document_diff = diff_markdown("\n\n".join([words, *others]), "\n\n".join([*others, words.replace("new", "next")]))
    assert [piece.kind for piece in document_diff.hunks] == ["left", "same", "same", "moved"]
    assert "[-new-][+next+]" in written(document_diff.hunks[-1].runs)
    assert not document_diff.material


def test_reordered_candidates_are_moved_and_reordered_tiers_reported() -> None:
    other = PLAN.replace("Ladder", "Rope").replace("1.5x", "2x")
    assert {text.split()[0] for text in summaries(f"{PLAN}\n\n{other}", f"{other}\n\n{PLAN}")} == {"moved", "left"}
    tiers = PLAN.replace("components: [", "components: [{name: Extra, tiers: [{from: 0%, pays: 2%}]}, ")
    first, second = re.findall(r"\{name: (?:Extra|Sales).*?\}\]\}", tiers)
    [move] = summaries(tiers, tiers.replace(f"{first}, {second}", f"{second}, {first}"))
    assert "order" in move.lower()


def test_texts_that_are_too_long_are_compared_by_block() -> None:
    old = "\n\n".join(f"Paragraph {n} of very many words that say nothing new." for n in range(2_100))
    document_diff = diff_markdown(old, old.replace("Paragraph 7 of", "Paragraph 7 with"))
    assert not document_diff.by_word
    [one] = document_diff.changed
    assert [run.text for run in one.runs] == [
        "Paragraph 7 of very many words that say nothing new.",
        "Paragraph 7 with very many words that say nothing new.",
    ]


def test_when_time_is_up_the_rest_is_compared_by_block() -> None:
    def clock() -> Iterator[float]:
        yield 0.0
        yield 1.0
        while True:
            yield 3.0

    times = clock()
    document_diff = diff_markdown("A b c d.\n\nE f g h.", "A b c x.\n\nE f g y.", lambda: next(times))
    assert [summary(piece) for piece in document_diff.changed] == [
        "changed A b c [-d-][+x+].",
        "changed [-E f g h.-][+E f g y.+]",
    ]


def test_a_heading_is_matched_by_its_section() -> None:
    blocks = blocks_of("# One\n\nText\n\n- entry\n\n## Two\n\n| a |\n|-|\n| 1 |")
    assert [(block.kind, block.section, block.first_line) for block in blocks] == [
        ("heading", "One", 1),
        ("paragraph", "One", 3),
        ("item", "One", 5),
        ("heading", "Two", 7),
        ("table", "Two", 9),
    ]


WORDS = st.sampled_from(
    [
        "plan",
        "quota",
        "pays",
        "$50,000",
        "10%",
        "the",
        "of",
        "**bold**",
        "[link](/x)",
        "`code`",
        "👍",
        "دستمزد",
        "é",
        "-",
        "a_b",
        "<b>",
        "&",
        "|",
        "*",
    ]
)
LINES = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
PARTS = st.one_of(
    LINES,
    LINES.map("## {}".format),
    LINES.map("- {}".format),
    LINES.map("> {}".format),
    st.just("---"),
    st.lists(LINES, min_size=1, max_size=4).map(
        lambda rows: "| h | k |\n|-|-|\n" + "\n".join(f"| {r} | 1 |" for r in rows)
    ),
    LINES.map("```\n{}\n```".format),
    st.integers(1, 3).map(lambda n: PLAN.replace("1.5x", f"{n}x")),
)
TEXTS = st.lists(PARTS, max_size=10).map("\n\n".join)


def of_side(document_diff: DocumentDiff, side: str) -> list[Block]:
    every = [block for piece in document_diff.hunks for block in (piece.old if side == "old" else piece.new)]
    if side == "old":  # a moved block stands in two pieces; where it was is where it belongs
        every = [b for piece in document_diff.hunks if piece.kind != "moved" for b in piece.old]
    return every


@examples(400)
@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_every_block_of_both_texts_appears_once_with_its_own_words(old: str, new: str, random: object) -> None:
    parts = [*old.split("\n\n"), *new.split("\n\n")]
    random.shuffle(parts)  # type: ignore[attr-defined] # a Random
    for other in (new, "\n\n".join(parts[: len(parts) // 2])):
        document_diff = diff_markdown(old, other)
        assert of_side(document_diff, "old") == list(blocks_of(old))
        assert of_side(document_diff, "new") == list(blocks_of(other))
        for piece in document_diff.hunks:
            if piece.runs and len(piece.old) == len(piece.new) == 1:
                kept = {"gone": "", "new": ""}
                for run in piece.runs:
                    kept["gone"] += run.text if run.kept != "new" else ""
                    kept["new"] += run.text if run.kept != "gone" else ""
                assert kept == {"gone": piece.old[0].text, "new": piece.new[0].text}


@examples(200)
@given(st.lists(st.integers(0, 4), max_size=14), st.lists(st.integers(0, 4), max_size=14))
def test_the_common_subsequence_is_as_long_as_possible(old: list[int], new: list[int]) -> None:
    pairs = lcs(old, new)
    assert all(old[a] == new[b] for a, b in pairs)
    assert pairs == sorted(pairs)
    longest = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for a in range(len(old) - 1, -1, -1):
        for b in range(len(new) - 1, -1, -1):
            same = longest[a + 1][b + 1] + 1 if old[a] == new[b] else 0
            longest[a][b] = max(same, longest[a + 1][b], longest[a][b + 1])
    assert len(pairs) == longest[0][0]


@pytest.mark.parametrize(
    ("old", "new", "kinds", "says"),
    [
        ("1. a b\n2. c", "5. a b\n6. c", ["set"], "The list now starts at 5."),
        ("- a b", "1. a b", ["set"], "This list item now has a number."),
        ("1. a b", "- a b", ["set"], "This list item now has a bullet."),
        ("- a\n- b", "- a\n  - b", ["set"], "This list item is now nested deeper."),
        ("1. first\n2. second", "1. second\n2. first", ["moved"], ""),
        ("1. a\n2. b", "1. b", ["gone"], ""),
        ("We ~~not~~ pay", "We not pay", ["changed"], "“not” is no longer struck through."),
        (
            "## A\n\n```\ncode <script>\n```",
            "## B\n\n```\ncode <script>alert(1)</script>\n```",
            ["gone", "new", "changed"],
            "",
        ),
    ],
)
def test_lists_strikes_and_code_are_compared_as_people_see_them(
    old: str, new: str, kinds: list[str], says: str
) -> None:
    changed_blocks = diff_markdown(old, new).changed
    assert [piece.kind for piece in changed_blocks] == kinds
    assert says in " ".join(str(note) for piece in changed_blocks for note in piece.notes)


def test_a_table_that_moved_and_changed_is_material() -> None:
    table = "|Cap|\n|-|\n|{}|\n|much more|\n|and more|"
    old = f"{table.format('none')}\n\nA paragraph of some words.\n\nAnother one with other words."
    new = f"A paragraph of some words.\n\nAnother one with other words.\n\n{table.format('4x')}"
    [piece] = diff_markdown(old, new).changed
    assert (piece.kind, piece.is_reworded, piece.is_material) == ("moved", True, True)


def hostile(rows: int, wide: bool) -> tuple[str, str]:
    old, new = [str(n) for n in range(rows)], [str(n) if n < rows * 0.6 else f"x{n}" for n in range(rows)]
    if wide:
        return tuple(f"|{'|'.join(cells)}|\n|{'-|' * rows}\n" for cells in (old, new))  # type: ignore[return-value]
    tables = ("|a|\n|-|\n" + "".join(f"|{cell}|\n" for cell in cells) for cells in (old, new))
    return tuple(tables)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        hostile(7_000, wide=False),
        hostile(1_500, wide=True),
        ("# a\n" * 7_900, "# b\n" * 7_900),
        ("".join(f"# {n}\n" for n in range(7_900)), "".join(f"# z{n}\n" for n in range(7_900))),
    ],
)
def test_hostile_pages_are_compared_in_time(old: str, new: str) -> None:
    began = time.process_time()
    document_diff = diff_markdown(old, new)
    assert time.process_time() - began < 8  # a few tenths on a quiet machine; it was minutes
    assert document_diff.changed
