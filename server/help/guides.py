"""The guides for people who use or run Townhall, by name, with their sections."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from server.messages import Message, message
from server.text.markdown import clean, page_parser
from server.text.slugs import slug_of
from server.web.paths import data_folder

GUIDES: Mapping[str, Message] = {
    "reps": message("For reps"),
    "managers": message("For managers"),
    "admins": message("For admins"),
    "plan-language": message("The plan language"),
    "operators": message("For operators"),
}
"""Their titles, in the order in which they are listed."""
_HEADING = re.compile(r"^(#{2,3}) (.+)$", re.MULTILINE)
_LINK = re.compile(r'href="(?:\.\./)*(?:docs/)?([a-z-]+)\.md(#[^"]*)?"')
_EXCERPT = 200
MAX_RESULTS = 30


@dataclass(frozen=True, slots=True)
class GuideSection:
    """A section of a guide: its heading, the id to link to, and its text as words."""

    guide: str
    title: str
    anchor: str
    text: str

    @property
    def url(self) -> str:
        """The path of the section."""
        return f"/help/{self.guide}#{self.anchor}"


def guide_source(name: str) -> str:
    """Return the markdown of a guide without its title."""
    text = (data_folder("docs") / f"{name}.md").read_text(encoding="utf-8")
    return text.partition("\n")[2].strip()


@lru_cache(maxsize=8)
def guide_html(name: str) -> Markup:
    """Return a guide as HTML: headings with ids, and links to other guides inside Townhall."""
    source = guide_source(name)
    html = page_parser(source).render(source)
    sections = iter(guide_sections(name))

    def with_anchor(match: re.Match[str]) -> str:
        return f'<h{match[1]} id="{next(sections).anchor}">'

    html = re.sub(r"<h([23])[^>]*>", with_anchor, clean(html))
    return Markup(_LINK.sub(_inside, html))  # noqa: S704 - cleaned above


def _inside(match: re.Match[str]) -> str:
    name, part = match[1], match[2] or ""
    return f'href="/help/{name}{part}"' if name in GUIDES else 'href="/help"'


@lru_cache(maxsize=8)
def guide_sections(name: str) -> Sequence[GuideSection]:
    """Return the sections of a guide in order."""
    source = guide_source(name)
    found = list(_HEADING.finditer(source))
    ends = [heading.start() for heading in found[1:]] + [len(source)]
    sections = []
    for heading, end in zip(found, ends, strict=True):
        title, text = heading[2].strip(), " ".join(source[heading.end() : end].split())
        sections.append(GuideSection(name, title, slug_of(title, "section"), text))
    return sections


def search_help(words: str) -> list[tuple[GuideSection, str]]:
    """Return the sections that contain every word, those with it in the heading first, each with an excerpt."""
    wanted = words.casefold().split()
    if not wanted:
        return []
    hits = []
    for name in GUIDES:
        for section in guide_sections(name):
            text = f"{section.title} {section.text}".casefold()
            if all(word in text for word in wanted):
                in_title = all(word in section.title.casefold() for word in wanted)
                hits.append((not in_title, section))
    hits.sort(key=lambda hit: hit[0])
    return [(section, _excerpt(section.text, wanted[0])) for _, section in hits[:MAX_RESULTS]]


def _excerpt(text: str, word: str) -> str:
    """Return the text around a word, cut between words."""
    at = max(text.casefold().find(word) - _EXCERPT // 3, 0)
    start = text.rfind(" ", 0, at) + 1 if at else 0
    part = text[start : start + _EXCERPT]
    end = part.rfind(" ") if start + _EXCERPT < len(text) else len(part)
    return f"{'…' if start else ''}{part[:end]}{'…' if start + end < len(text) else ''}"
