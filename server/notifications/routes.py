"""The bell, what to hear, the end of mail by one click, and the outbox of a demo."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from server.errors import NotFoundError
from server.notifications import queries, service
from server.notifications.events import DIGESTS, EVENTS, SUBSCRIPTIONS
from server.notifications.forms import SettingsForm
from server.notifications.mail import read_unsubscribe
from server.notifications.models import NoticeSettings
from server.people import queries as people_queries
from server.people.access import Anyone, CurrentPerson, DemoOnly
from server.people.forms import EmptyForm
from server.web.dependencies import DatabaseDep, Number, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/notices")
def list_notices(
    request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep, below: Number | None = None
) -> HTMLResponse:
    """Show what I was told, the newest first."""
    found = queries.notices_of(session, viewer.id, below)
    lines = [
        (notice, EVENTS[notice.event].sentence({k: str(v) for k, v in notice.message.items()})) for notice in found
    ]
    more = found[-1].id if len(found) == queries.PAGE_SIZE else None
    view = {"lines": lines, "more": more, "unread": queries.unread(session, viewer.id)}
    return pages.page(request, "notifications/list.html", view)


@router.post("/notices/read")
def mark_all_read(viewer: CurrentPerson, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Note that I have seen all of it."""
    with data.writing() as session:
        service.mark_read(session, viewer.id)
        session.commit()
    return see_other("/notices")


@router.post("/notices/{ulid}")
def open_notice(ulid: str, viewer: CurrentPerson, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Go to what a notice is about, and note that I have seen it."""
    with data.writing() as session:
        notice = service.mark_read(session, viewer.id, ulid)
        if notice is None:
            raise NotFoundError
        address = notice.url
        session.commit()
    return see_other(address)


@router.get("/me/notices")
def show_settings(request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """Show what I want to hear."""
    return _settings(request, pages, queries.settings_of(session, viewer.id))


@router.post("/me/notices")
def save_settings(viewer: CurrentPerson, data: DatabaseDep, form: Annotated[SettingsForm, Form()]) -> Response:
    """Keep what I want to hear."""
    wanted = NoticeSettings.model_construct(**form.model_dump(exclude={"csrf"}))
    with data.writing() as session:
        service.save_settings(session, viewer.id, wanted)
        session.commit()
    return see_other("/me/notices")


def _settings(request: Request, pages: TemplatesDep, kept: NoticeSettings) -> HTMLResponse:
    view = {"kept": kept, "levels": SUBSCRIPTIONS, "digests": DIGESTS, "zones": sorted(available_timezones())}
    return pages.page(request, "notifications/settings.html", view)


@router.get("/unsubscribe/{token}")
def confirm_unsubscribe(
    token: str, request: Request, viewer: Anyone, session: ReadSession, pages: TemplatesDep, config: SettingsDep
) -> HTMLResponse:
    """Ask whether mail is to end: programs that look at links before people do must end nothing."""
    _whose(session, config.secret, token)
    return pages.page(request, "notifications/unsubscribe.html", {"token": token, "done": False})


@router.post("/unsubscribe/{token}")
def unsubscribe(
    token: str, request: Request, viewer: Anyone, data: DatabaseDep, pages: TemplatesDep, config: SettingsDep
) -> HTMLResponse:
    """End somebody's mail: by the button, or by the one click of a mail program."""
    with data.writing() as session:
        service.unsubscribe(session, _whose(session, config.secret, token))
        session.commit()
    return pages.page(request, "notifications/unsubscribe.html", {"token": token, "done": True})


def _whose(session: ReadSession, secret: str, token: str) -> int:
    ulid = read_unsubscribe(secret, token)
    person = people_queries.person(session, ulid) if ulid else None
    if person is None:
        raise NotFoundError
    return person.id or 0


@router.get("/demo/outbox")
def show_outbox(request: Request, rule: DemoOnly, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """Show the mail that this demo would have sent."""
    return pages.page(request, "notifications/outbox.html", {"sent": queries.sent_mails(session)})


@router.get("/demo/outbox/{number}")
def show_sent_mail(
    number: Number, request: Request, rule: DemoOnly, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show one of them as a mail program does."""
    mail = queries.sent_mail(session, number)
    if mail is None:
        raise NotFoundError
    body = Markup(mail.html.partition("<body>")[2].partition("</body>")[0])  # noqa: S704 - our own template made it
    return pages.page(request, "notifications/sent_mail.html", {"mail": mail, "body": body})
