"""Templates: one environment with messages, formats and components."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from server.comp.describing import table_of
from server.comp.statements import counts
from server.comp.wording import Sentence
from server.db.columns import now
from server.settings import Settings
from server.web import assets
from server.web.language import Language, language
from server.web.places import folder
from server.web.tokens import form_token

MOST_KEPT = 500


class Templates:
    """Renders templates in the configured language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.language = language(settings.locale)
        self.environment = environment(self.language)
        self._kept: dict[tuple[object, ...], Markup] = {}
        self.environment.globals["is_demo"] = settings.is_demo

    def kept(self, key: tuple[object, ...], render: Callable[[], Markup]) -> Markup:
        """Return a part of a page that is the same for every reader, rendered once; never keep anything personal."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = render()
        return found

    def page(
        self, request: Request, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """Answer with a page or fragment; the viewer and the form token are always at hand."""
        viewer = getattr(request.state, "viewer", None)
        text = self.environment.get_template(name).render(
            **(context or {}),
            viewer=viewer,
            csrf=form_token(self._settings.secret, viewer.token_hash) if viewer else "",
            path=request.url.path,
            present=now(),
            origin=self._settings.public_url.rstrip("/"),
        )
        return HTMLResponse(text, status)


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
        loader=FileSystemLoader(folder("templates")),
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
        "gap": spoken.signed,
        "percent": spoken.percent,
        "number": spoken.number,
        "day": spoken.day,
        "day_and_month": spoken.day_and_month,
        "month": spoken.month,
        "month_name": spoken.month_name,
        "month_code": spoken.month_code,
        "short_money": spoken.short_money,
        "counted": counts,
        "compared": spoken.compared,
        "moment": spoken.moment,
        "ago": spoken.ago,
        "terms": table_of,
        "value": spoken.value,
        "say": lambda sentence: spoken.sentence(sentence) if isinstance(sentence, Sentence) else sentence,
    }
    made.globals |= {"asset": assets.address, "lang": spoken.code, "direction": spoken.direction}
    return made
