"""Templates: one environment with messages, formats and components."""

from collections.abc import Callable, Collection, Iterator, Mapping
from time import time
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from server.comp.analysis.describe import terms_table
from server.comp.statements import is_counted
from server.db.columns import now
from server.messages import Message
from server.page_cache.store import CachedPage, PageCache, placeholder
from server.settings import Settings
from server.web import assets
from server.web.csrf import form_token
from server.web.diff_html import diff_html
from server.web.i18n import Language, language
from server.web.paths import data_folder

MAX_FRAGMENTS = 500


class ReaderPlaceholders:
    """What a template may say differently to its reader: told at once, or left open in a sheet for everybody."""

    def __init__(self, viewer: Any, csrf: str, truths: Collection[str] = ()) -> None:
        self.viewer, self.csrf, self._truths = viewer, csrf, truths

    def as_author(self, author_id: int | None, own: object, otherwise: object) -> object:
        """Say one thing to somebody's author and another to everybody else."""
        return own if self.viewer.id == author_id else otherwise

    def own(self, name: str, usual: object) -> object:
        """Say what is usual, unless the reader has something of this name."""
        del name
        return usual

    def when(self, name: str, yes: object) -> object:
        """Say something where a name is true for the reader."""
        return yes if name in self._truths else ""


class SharedPlaceholders(ReaderPlaceholders):
    """Leaves open what depends on the reader."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, placeholder("csrf"))

    def as_author(self, author_id: int | None, own: object, otherwise: object) -> object:
        """Leave open whose it is."""
        return placeholder(f"author {author_id}", otherwise, own)

    def own(self, name: str, usual: object) -> object:
        """Leave room for what the reader has of this name."""
        return placeholder(name, usual)

    def when(self, name: str, yes: object) -> object:
        """Leave open whether the name is true."""
        return placeholder(name, "", yes)


class _TrueNames(Collection[str]):
    """Who the reader is, and what else is true for them."""

    def __init__(self, author: str, others: Collection[str]) -> None:
        self._author, self._others = author, others

    def __contains__(self, name: object) -> bool:
        return name == self._author or name in self._others

    def __iter__(self) -> Iterator[str]:
        return iter((self._author, *self._others))

    def __len__(self) -> int:
        return 1 + len(self._others)


class Templates:
    """Renders templates in the configured language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.language = language(settings.locale)
        self.environment = environment(self.language)
        self._kept: dict[tuple[object, ...], Markup] = {}
        self._sheets = PageCache()
        self.environment.globals["is_demo"] = settings.is_demo

    def fragment(self, key: tuple[object, ...], render: Callable[[], Markup]) -> Markup:
        """Return a part of a page that is the same for every reader, rendered once; never keep anything personal."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MAX_FRAGMENTS:
                self._kept.clear()
            found = self._kept[key] = render()
        return found

    def page(
        self, request: Request, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """Answer with a page or fragment; the viewer and the form token are always at hand.

        `news` in the context are the names of what is true for the viewer.
        """
        viewer = getattr(request.state, "viewer", None)
        token = form_token(self._settings.secret, viewer.token_hash) if viewer else ""
        reader = ReaderPlaceholders(viewer, token, (context or {}).get("news", ()))
        return HTMLResponse(self._rendered(request.url.path, name, reader, context or {}), status)

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """Render a template that has no reader, as a mail."""
        return self.environment.get_template(name).render(context)

    def part(self, request: Request, name: str, context: Mapping[str, Any]) -> bytes:
        """Return a part of a page, rendered for the one who asks."""
        viewer = request.state.viewer
        reader = ReaderPlaceholders(viewer, form_token(self._settings.secret, viewer.token_hash))
        return self._rendered(request.url.path, name, reader, context).encode()

    def cached_page(
        self, request: Request, name: str, key: tuple[object, ...], context: Callable[[], Mapping[str, Any]]
    ) -> CachedPage:
        """Return a page for everybody of the viewer's role, rendered once for a key and a minute."""
        viewer, path = request.state.viewer, request.scope["path"]
        minute = int(time()) // 60

        def render() -> str:
            return self._rendered(path, name, SharedPlaceholders(viewer.as_role_viewer(placeholder)), context())

        database = request.app.state.database
        return self._sheets.get((database, name, path, viewer.role, minute, *key), render)

    def personalise(
        self, request: Request, sheet: CachedPage, own: Mapping[str, bytes] | None = None, truths: Collection[str] = ()
    ) -> Response:
        """Answer with a sheet, filled in for the viewer: `own` are texts, `truths` names of what holds for them."""
        viewer = request.state.viewer
        texts = {
            "csrf": form_token(self._settings.secret, viewer.token_hash).encode(),
            "name": escape(viewer.name).encode(),
            "initials": escape(viewer.initials).encode(),
            "unread": str(viewer.unread).encode(),
            **(own or {}),
        }
        return HTMLResponse(sheet.fill(texts, _TrueNames(f"author {viewer.id}", truths)))

    def _rendered(self, path: str, name: str, reader: ReaderPlaceholders, context: Mapping[str, Any]) -> str:
        return self.environment.get_template(name).render(
            **context,
            reader=reader,
            viewer=reader.viewer,
            csrf=reader.csrf,
            path=path,
            present=now(),
            origin=self._settings.public_url.rstrip("/"),
        )


def _messages(spoken: Language) -> dict[str, object]:
    """Return the functions templates translate with: a message without places is translated once and kept.

    They stand in for those of Jinja's extension, which formats every message anew and costs half of a long page.
    """
    kept: dict[str, Markup] = {}

    def gettext(message: str, /, **values: object) -> Markup:
        if values:
            return Markup(spoken.translations.gettext(message)) % values  # noqa: S704 - messages are ours
        found = kept.get(message)
        if found is None:
            found = kept[message] = Markup(spoken.translations.gettext(message).replace("%%", "%"))  # noqa: S704
        return found

    def ngettext(one: str, many: str, count: int, /, **values: object) -> Markup:
        return Markup(spoken.translations.ngettext(one, many, count)) % {"num": count, **values}  # noqa: S704

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def environment(spoken: Language) -> Environment:
    """Return the environment for a language; every undefined name is a bug."""
    made = Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
    made.globals |= _messages(spoken)
    made.filters |= {
        "money": spoken.money,
        "signed_money": spoken.signed,
        "percent": spoken.percent,
        "number": spoken.number,
        "day": spoken.day,
        "day_and_month": spoken.day_and_month,
        "month": spoken.month,
        "month_name": spoken.month_name,
        "month_code": spoken.month_code,
        "short_money": spoken.short_money,
        "counted": is_counted,
        "compared": spoken.compared,
        "moment": spoken.moment,
        "ago": spoken.ago,
        "terms": terms_table,
        "value": spoken.value,
        "message": lambda sentence: spoken.sentence(sentence) if isinstance(sentence, Message) else sentence,
    }
    made.globals |= {
        "asset": assets.address,
        "lang": spoken.code,
        "direction": spoken.direction,
        "diff_html": diff_html,
    }
    return made
