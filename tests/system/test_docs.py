"""The documents are true: every plan in them is read and its cases worked, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from server.comp import describe, read_plan
from server.comp.mechanics import measures
from server.comp.periods import PERIODS
from server.text.parse import parse_document

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGE = (ROOT / "docs" / "plan-language.md").read_text()
NEW = ("logo_bonuses", "ratings")
"""What the how-to guides add as an example."""
EXAMPLES = re.findall(r"```plan\n(.*?)```", LANGUAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=[text.split("\n")[0] for text in EXAMPLES])
def test_a_worked_example_pays_its_figures(text: str) -> None:
    assert "cases:" in text
    assert "expect:" in text
    assert read_plan(text).name


def test_there_are_examples_to_check() -> None:
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("word", [*measures.MEASURES, *PERIODS])
def test_every_word_of_the_language_is_documented(word: str) -> None:
    assert f"`{word}`" in LANGUAGE


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        assert target.startswith("http") or (document.parent / target).exists(), target


def test_the_sample_plans_pay_their_cases() -> None:
    for path in (ROOT / "seed" / "plans").glob("*.yaml"):
        assert describe(read_plan(path.read_text()))
    for path in (ROOT / "seed" / "proposals").glob("*.md"):
        assert all(read_plan(block.text) for block in parse_document(path.read_text()).plans)


def is_new(name: str) -> bool:
    return any(example in name for example in NEW)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_of_the_code_that_documents_name_exist(document: Path) -> None:
    if document.name == "CHANGELOG.md":  # it names what a release had
        return
    named = re.findall(r"`((?:server|templates|static|tests|seed|docs)/[\w./-]+)`", document.read_text())
    assert [name for name in named if not (ROOT / name).exists() and not is_new(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_modules_of_the_server_that_documents_name_exist(document: Path) -> None:
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", document.read_text())
    assert [
        name for name in named if not any((ROOT / top / name).exists() for top in (".", "server")) and not is_new(name)
    ] == []
