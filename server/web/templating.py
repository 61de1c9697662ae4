"""Renders templates: for one viewer, or once for a role with placeholders for what differs."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from threading import Lock
from time import time
from typing import Any

from cachetools import LRUCache
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from server.comp.analysis.terms import term_label, terms_table
from server.comp.statements import is_counted
from server.db.columns import now
from server.messages import Message
from server.page_cache.placeholders import placeholder
from server.page_cache.store import CachedPage, PageCache
from server.settings import Settings
from server.web import assets
from server.web.csrf import form_token
from server.web.diff_html import diff_html
from server.web.i18n import Language, language, local_day, local_moment, times_in
from server.web.paths import data_folder

MAX_FRAGMENTS = 500


def may_edit(request: Request) -> bool:
    """Return whether the viewer may change the document in the path; elsewhere, whether they are a manager."""
    viewer = getattr(request.state, "viewer", None)
    return bool(getattr(request.state, "may_edit", viewer and viewer.is_manager))


class ReaderPlaceholders:
    """What a template shows differently to its reader, who is known."""

    def __init__(self, viewer: Any, csrf: str, true_names: Collection[str] = ()) -> None:
        self.viewer, self.csrf, self._true_names = viewer, csrf, true_names

    def as_author(self, author_id: int | None, own: object, otherwise: object) -> object:
        """Return `own` for the author and `otherwise` for everyone else."""
        return own if self.viewer.id == author_id else otherwise

    def own(self, _name: str, default: object) -> object:
        """Return the default, unless the reader has something of this name."""
        return default

    def when(self, name: str, text: object) -> object:
        """Return a text if the name is true for the reader."""
        return text if name in self._true_names else ""


class SharedPlaceholders(ReaderPlaceholders):
    """Leaves a placeholder for everything that depends on the reader."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer, placeholder("csrf"))

    def as_author(self, author_id: int | None, own: object, otherwise: object) -> object:
        """Return a placeholder that depends on who the reader is."""
        return placeholder(f"author {author_id}", otherwise, own)

    def own(self, name: str, default: object) -> object:
        """Return a placeholder for what the reader has of this name."""
        return placeholder(name, default)

    def when(self, name: str, text: object) -> object:
        """Return a placeholder that depends on whether the name is true for the reader."""
        return placeholder(name, "", text)


class _TrueNames(Collection[str]):
    """The names that are true for a reader, of several kinds, possibly computed when asked for."""

    def __init__(self, *kinds: Collection[str]) -> None:
        self._kinds = kinds

    def __contains__(self, name: object) -> bool:
        return any(name in names for names in self._kinds)

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._kinds)

    def __len__(self) -> int:
        return sum(map(len, self._kinds))


class Templates:
    """Renders templates in the configured language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.language = language(settings.locale)
        self.environment = environment(self.language)
        self._fragments: LRUCache[tuple[object, ...], Markup] = LRUCache(MAX_FRAGMENTS)
        self._fragments_lock = Lock()
        self.page_cache = PageCache()
        self.environment.globals["is_demo"] = settings.is_demo

    def fragment(self, key: tuple[object, ...], render: Callable[[], Markup]) -> Markup:
        """Return a fragment rendered once for every reader; never use it for anything personal."""
        with self._fragments_lock:
            fragment = self._fragments.get(key)
        if fragment is None:
            fragment = render()
            with self._fragments_lock:
                self._fragments[key] = fragment
        return fragment

    def page(
        self, request: Request, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """Respond with a page or fragment; its template always has the viewer and the form token.

        `unread` and `voted` in the context are names that are true for the viewer.
        """
        viewer = getattr(request.state, "viewer", None)
        token = form_token(self._settings.secret, viewer.token_hash) if viewer else ""
        values = context or {}
        true_names = _TrueNames(values.get("unread", ()), values.get("voted", ()))
        reader = ReaderPlaceholders(viewer, token, true_names)
        return HTMLResponse(
            self._render(request.url.path, name, reader, {"may_edit": may_edit(request), **values}), status
        )

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """Render a template without a viewer, such as an e-mail."""
        return self.environment.get_template(name).render(context)

    def wrong_address(self, came_by: str, origin: str, status: int) -> HTMLResponse:
        """Respond to a request by another address than the one that Townhall is set up for."""
        context = {"came_by": came_by[:200], "origin": origin, "status": status}
        return HTMLResponse(self.text("errors/wrong_address.html", context), status)

    def part(self, request: Request, name: str, context: Mapping[str, Any]) -> bytes:
        """Return a fragment rendered for the viewer."""
        viewer = request.state.viewer
        reader = ReaderPlaceholders(viewer, form_token(self._settings.secret, viewer.token_hash))
        return self._render(request.url.path, name, reader, {"may_edit": may_edit(request), **context}).encode()

    def cached_page(
        self, request: Request, name: str, key: tuple[object, ...], context: Callable[[], Mapping[str, Any]]
    ) -> CachedPage:
        """Return a page for everyone with the viewer's role, rights and time zone, once per key and minute."""
        viewer, path = request.state.viewer, request.scope["path"]
        minute, edits = int(time()) // 60, may_edit(request)

        def render() -> str:
            reader = SharedPlaceholders(viewer.as_role_viewer(placeholder))
            return self._render(path, name, reader, {"may_edit": edits, **context()})

        database = request.app.state.database
        reader_key = (viewer.role, viewer.is_paid, viewer.zone, edits)
        return self.page_cache.get((database, name, path, *reader_key, minute, *key), render)

    def personalise(
        self,
        request: Request,
        cached: CachedPage,
        own: Mapping[str, bytes] | None = None,
        *true_names: Collection[str],
    ) -> Response:
        """Respond with a cached page filled in for the viewer.

        `own` are texts by placeholder, `true_names` the names that are true for the viewer.
        """
        viewer = request.state.viewer
        texts = {
            "csrf": form_token(self._settings.secret, viewer.token_hash).encode(),
            "ulid": viewer.ulid.encode(),
            "name": escape(viewer.name).encode(),
            "initials": escape(viewer.initials).encode(),
            "unread": str(viewer.unread).encode(),
            "keys": viewer.keys.encode(),
            **(own or {}),
        }
        return HTMLResponse(cached.fill(texts, _TrueNames((f"author {viewer.id}",), *true_names)))

    def _render(self, path: str, name: str, reader: ReaderPlaceholders, context: Mapping[str, Any]) -> str:
        with times_in(reader.viewer.zone if reader.viewer else "UTC"):
            return self.environment.get_template(name).render(
                **context,
                reader=reader,
                viewer=reader.viewer,
                csrf=reader.csrf,
                path=path,
                present=now(),
                origin=self._settings.origin,
            )


def _message_functions(lang: Language) -> dict[str, object]:
    """Return the functions that templates translate with; a message without placeholders is translated once.

    The functions of Jinja's extension format every message each time, which takes half the time of a long
    page.
    """
    translated: dict[str, Markup] = {}

    def gettext(message: str, /, **values: object) -> Markup:
        if values:
            return Markup(lang.translations.gettext(message)) % values  # noqa: S704 - messages are ours
        text = translated.get(message)
        if text is None:
            text = translated[message] = Markup(lang.translations.gettext(message).replace("%%", "%"))  # noqa: S704
        return text

    def ngettext(singular: str, plural: str, count: int, /, **values: object) -> Markup:
        return Markup(lang.translations.ngettext(singular, plural, count)) % {"num": count, **values}  # noqa: S704

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def environment(lang: Language) -> Environment:
    """Return the Jinja environment for a language; an undefined name is an error."""
    jinja = Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # the extension adds the method
    jinja.install_gettext_translations(lang.translations, newstyle=True)  # type: ignore[attr-defined]
    jinja.globals |= _message_functions(lang)
    jinja.filters |= {
        "money": lang.money,
        "signed_money": lang.signed,
        "percent": lang.percent,
        "number": lang.number,
        "day": lang.day,
        "local_day": local_day,
        "local_moment": local_moment,
        "day_and_month": lang.day_and_month,
        "month": lang.month,
        "month_name": lang.month_name,
        "month_of": lang.month_of,
        "month_alone": lang.month_alone,
        "month_code": lang.month_code,
        "short_money": lang.short_money,
        "counted": is_counted,
        "compared": lang.compared,
        "moment": lang.moment,
        "ago": lang.ago,
        "terms": terms_table,
        "term_label": term_label,
        "value": lang.value,
        "message": lambda sentence: lang.sentence(sentence) if isinstance(sentence, Message) else sentence,
    }
    jinja.globals |= {
        "asset": assets.asset_url,
        "lang": lang.code,
        "direction": lang.direction,
        "diff_html": diff_html,
    }
    return jinja
