"""A diff of words as HTML, with deleted and inserted words marked for the eye and for screen readers."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from markupsafe import Markup, escape

from server.text.diff.words import WordRun
from server.text.tokens import Word

Side = Literal["both", "old", "new"]
_OPEN = {"gone": Markup("<del>"), "new": Markup("<ins>"), "same": Markup("")}
_CLOSE = {"gone": Markup("</del>"), "new": Markup("</ins>"), "same": Markup("")}
_BREAK = Markup('<span class="pilcrow">¶</span><br>')


def diff_html(runs: Iterable[WordRun], side: Side = "both") -> Markup:
    """Return runs of words as escaped HTML: both sides, or only the words of the old or the new one."""
    hidden = {"both": "", "old": "new", "new": "gone"}[side]
    return Markup("").join(
        _OPEN[run.kept] + _formatted(run.words) + _CLOSE[run.kept] for run in runs if run.kept != hidden
    )


def _formatted(words: Sequence[Word]) -> Markup:
    html = Markup("")
    for marks, group in groupby(words, key=lambda word: word.marks):
        text = escape("".join(word.text for word in group)).replace("\n\n", _BREAK)
        for mark in reversed(marks):  # tag names from a fixed set, see server.text.tokens
            text = Markup(f"<{mark}>") + text + Markup(f"</{mark}>")  # noqa: S704
        html += text
    return html
