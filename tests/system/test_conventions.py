"""The conventions of the code, held over every file: names, lines, words, routes and commit subjects."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from fastapi import FastAPI

from server.web.read_routes import ReadRoute
from tests.commit_subject import problem_of
from tests.system.test_routes import api_routes

ROOT = Path(__file__).parent.parent.parent
MAX_LINE = 120
SERVER = [path for path in sorted((ROOT / "server").rglob("*.py")) if "versions" not in path.parts]
SOURCES = [
    *SERVER,
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file()),
    *sorted((ROOT / "static" / "css").glob("*.css")),
    *sorted((ROOT / "static" / "js").glob("*.js")),
]
FIELD_WORDS = set((Path(__file__).parent / "field_words.txt").read_text(encoding="utf-8").split())
"""Words of programming, statistics and sales compensation that need no entry in the glossary."""
SAME_NAME = {
    "Curve": "its features in analysis, its points among the mechanics",
    "Deal": "the row in the database, the value that is paid",
    "Person": "the row in the database, the value that is paid",
    "Adjustment": "of a person's terms, of a what-if",
    "Step": "of a multiplier, of a statement",
    "Event": "of a deal, of the notifications",
}
"""Classes that share a name although they are different things, and what they are."""
DIALECT = re.compile(
    r"\b(stands?|beside|somebody|nobody|whoever|anew|by itself|comes? out|came out|take in|takes in|taken in"
    r"|hand in|hands in|handed in|said)\b",
    re.IGNORECASE,
)
PAGE_NAME = "You said, we did"
"""The page's name is the field's own: customer teams publish what they were told and did under it."""
FIRST_CHECKED = "2026-11-29T23:00:00"
"""Commits before this time may have longer subjects."""
VERBS = set((Path(__file__).parent / "route_verbs.txt").read_text(encoding="utf-8").split())


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SERVER:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def classes() -> Iterator[tuple[str, str]]:
    for path, tree in trees():
        yield from ((path, node.name) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def messages(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of calls of `message` and `plural_message`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"message", "plural_message"}:
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def template_texts(text: str) -> Iterator[str]:
    yield from re.findall(r'\b_\("((?:[^"\\]|\\.)*)"', text)
    for both in re.findall(r'\bngettext\("((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"', text):
        yield from both


def handlers(app: FastAPI) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the module, the name and the methods of every route's function."""
    for route in api_routes(app):
        handler = route.handler if isinstance(route, ReadRoute) else route.endpoint
        yield handler.__module__, handler.__name__, set(route.methods)


def is_dialect(text: str) -> bool:
    return bool(DIALECT.search(text.replace(PAGE_NAME, "")))


def test_public_class_names_are_unique() -> None:
    paths = defaultdict(set)
    for path, name in classes():
        if not name.startswith("_"):
            paths[name].add(path)
    assert {name for name, files in paths.items() if len(files) > 1} == set(SAME_NAME)


def test_words_of_modules_and_classes_are_in_the_glossary_or_the_fields_own() -> None:
    glossary = set(re.findall(r"[a-z]+", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()))
    used = defaultdict(set)
    for path in (path.relative_to(ROOT / "server") for path in SERVER):
        for word in re.findall(r"[a-z]+", path.with_suffix("").as_posix()):
            used[word].add(path.as_posix())
    for path, name in classes():
        for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*", name):
            used[word.lower()].add(f"{path}: {name}")
    known = glossary | FIELD_WORDS
    unknown = {word: sorted(at) for word, at in used.items() if not {word, word.removesuffix("s"), f"{word}s"} & known}
    assert unknown == {}


def test_every_word_of_the_fields_list_is_used() -> None:
    names = " ".join(chain((path.as_posix() for path in SERVER), (name for _, name in classes()))).lower()
    assert [word for word in sorted(FIELD_WORDS) if word not in names] == []


def test_no_line_is_longer_than_120_characters() -> None:
    long_lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > MAX_LINE
    ]
    assert long_lines == []


def test_the_formatter_is_never_switched_off() -> None:
    switch = re.compile(r"fmt:\s*(?:skip|off)|djlint:\s*off|biome-ignore format")
    switched = [path for path in SOURCES if path != Path(__file__) and switch.search(path.read_text(encoding="utf-8"))]
    assert switched == []


def test_docstrings_and_messages_are_plain_english() -> None:
    offences = [
        f"{path}: {text[:80]}"
        for path, tree in trees()
        for text in (*docstrings(tree), *messages(tree))
        if is_dialect(text)
    ]
    for path in (ROOT / "templates").rglob("*"):
        if path.is_file():
            texts = template_texts(path.read_text(encoding="utf-8"))
            offences += [f"{path.relative_to(ROOT)}: {text[:80]}" for text in texts if is_dialect(text)]
    assert offences == []


def test_tests_are_named_in_plain_words() -> None:
    offences = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name.replace("_", " ") for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        offences += [
            f"{path.relative_to(ROOT)}: {text[:80]}" for text in (*docstrings(tree), *names) if is_dialect(text)
        ]
    assert offences == []


@pytest.mark.parametrize("text", ["What stands here", "Somebody wrote", "You said so", "It came out today"])
def test_dialect_is_recognized(text: str) -> None:
    assert is_dialect(text)


@pytest.mark.parametrize("text", ["Two standing rules", "You said, we did", "The outcome"])
def test_plain_words_are_not_taken_for_dialect(text: str) -> None:
    assert not is_dialect(text)


def test_route_functions_are_a_verb_and_its_object(app: FastAPI) -> None:
    names = {name for _, name, _ in handlers(app)}
    assert sorted(name for name in names if name.split("_")[0] not in VERBS or "_" not in name) == []


def test_pages_only_reads(app: FastAPI) -> None:
    methods = [methods for module, _, methods in handlers(app) if module.startswith("server.pages.")]
    assert set().union(*methods) == {"GET", "HEAD"}


def test_commit_subjects_are_short() -> None:
    log = subprocess.run(
        ["git", "log", f"--since={FIRST_CHECKED}", "--no-merges", "--format=%s"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if log.returncode:
        pytest.skip("this is not a git checkout")
    assert [(subject, problem_of(subject)) for subject in log.stdout.splitlines() if problem_of(subject)] == []


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("Pay split deals by largest remainder\n\nThe cents add up.\n", None),
        ("", "no subject"),
        ("x" * 73, "73 characters"),
        ("Pay split deals.", "full stop"),
        ("Pay split deals\nand more", "second line"),
    ],
)
def test_a_commit_subject_is_checked(message: str, problem: str | None) -> None:
    answer = problem_of(message)
    assert answer is None if problem is None else problem in (answer or "")
