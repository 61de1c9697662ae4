"""Published compensation examples: each can be written in the language and pays the published figure.

A file holds one plan or several (the other readings of an ambiguous source); its cases carry the published names.
"""

from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from server.comp import read_plan
from server.comp.language.units import money, share
from server.comp.language.yaml_tree import compose

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def plans(path: Path) -> list[str]:
    return path.read_text().split("\n---\n")


def expectations(text: str) -> list[tuple[str, str]]:
    """Return each case's name and what it expects, where that is one figure."""
    [cases] = [value.items or [] for key, value in compose(text).entries or [] if key.text == "cases"]
    expected = []
    for case in cases:
        fields = {key.text: value for key, value in case.entries or []}
        [(_, stated)] = (fields["expect"].entries or [])[:1]
        if stated.text is not None:
            expected.append((fields["name"].text or "", stated.text))
    return expected


def figure(text: str) -> Fraction:
    """Return an expected figure in whole units of money, or as a share."""
    bare = text.strip()
    if bare.endswith("%"):
        return share(bare)
    return Fraction(money(bare.removeprefix("-")), 100)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_reading_pays_its_cases(path: Path) -> None:
    for text in plans(path):
        assert read_plan(text).components


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_cases_have_the_published_figures(path: Path, shared: Path) -> None:
    published = yaml.safe_load((shared / "cases" / "comp" / path.name).read_text())
    correct = {row["name"]: row for row in published["expected"] if row["correct"] is not None}
    compared = 0
    for text in plans(path):
        for name, stated in expectations(text):
            if name in correct:
                row = correct[name]
                assert abs(figure(stated)) == pytest.approx(abs(row["correct"]), abs=max(row["tolerance"], 0.005)), row
                compared += 1
    assert compared


def test_no_published_case_is_left_out(shared: Path) -> None:
    assert {path.name for path in FILES} == {path.name for path in (shared / "cases" / "comp").glob("*.yaml")}
