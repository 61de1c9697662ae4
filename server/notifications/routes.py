"""Notices, notification settings, unsubscribing from e-mail, and the outbox of a demo."""

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
from server.web.dependencies import DatabaseDep, Number, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other

router = APIRouter()


@router.get("/notices")
def list_notices(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    below: Number | None = None,
) -> HTMLResponse:
    """List the current person's notices, newest first."""
    notices = queries.notices_of(session, viewer.id, below)
    sentences = [
        (notice, EVENTS[notice.event].sentence({name: str(value) for name, value in notice.message.items()}))
        for notice in notices
    ]
    more = notices[-1].id if len(notices) == queries.PAGE_SIZE else None
    view = {"notices": sentences, "more": more, "unread": queries.unread(session, viewer.id)}
    return templates.page(request, "notifications/list.html", view)


@router.post("/notices/read")
def mark_all_read(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Mark all notices of the current person as read."""
    with database.writing() as session:
        service.mark_read(session, viewer.id)
        session.commit()
    return see_other("/notices")


@router.post("/notices/{ulid}")
def open_notice(
    ulid: str, viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Mark a notice as read and redirect to what it is about."""
    with database.writing() as session:
        notice = service.mark_read(session, viewer.id, ulid)
        if notice is None:
            raise NotFoundError
        url = notice.url
        session.commit()
    return see_other(url)


@router.get("/me/notices")
def show_settings(
    request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the current person's notification settings."""
    return _settings_page(request, templates, queries.settings_of(session, viewer.id))


@router.post("/me/notices")
def save_settings(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[SettingsForm, Form()]) -> Response:
    """Save the current person's notification settings."""
    settings = NoticeSettings.model_construct(**form.model_dump(exclude={"csrf"}))
    with database.writing() as session:
        service.save_settings(session, viewer.id, settings)
        session.commit()
    return see_other("/me/notices")


def _settings_page(request: Request, templates: TemplatesDep, settings: NoticeSettings) -> HTMLResponse:
    view = {
        "settings": settings,
        "subscriptions": SUBSCRIPTIONS,
        "digests": DIGESTS,
        "zones": sorted(available_timezones()),
    }
    return templates.page(request, "notifications/settings.html", view)


@router.get("/unsubscribe/{token}")
def confirm_unsubscribe(
    token: str,
    request: Request,
    viewer: Anyone,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
) -> HTMLResponse:
    """Ask for confirmation: mail scanners that open links must not unsubscribe anyone."""
    _subscriber_id(session, settings.secret, token)
    return templates.page(request, "notifications/unsubscribe.html", {"token": token, "done": False})


@router.post("/unsubscribe/{token}")
def unsubscribe_from_mail(
    token: str,
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
) -> HTMLResponse:
    """Unsubscribe a person from e-mail, by the button or by a mail program's one-click link."""
    with database.writing() as session:
        service.unsubscribe(session, _subscriber_id(session, settings.secret, token))
        session.commit()
    return templates.page(request, "notifications/unsubscribe.html", {"token": token, "done": True})


def _subscriber_id(session: ReadSession, secret: str, token: str) -> int:
    ulid = read_unsubscribe(secret, token)
    person = people_queries.person(session, ulid) if ulid else None
    if person is None:
        raise NotFoundError
    return person.id


@router.get("/demo/outbox")
def show_outbox(request: Request, rule: DemoOnly, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """List the e-mails this demo would have sent."""
    return templates.page(request, "notifications/outbox.html", {"mails": queries.sent_mails(session)})


@router.get("/demo/outbox/{number}")
def show_sent_mail(
    number: Number, request: Request, rule: DemoOnly, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show one e-mail as a mail program would."""
    mail = queries.sent_mail(session, number)
    if mail is None:
        raise NotFoundError
    body = Markup(mail.html.partition("<body>")[2].partition("</body>")[0])  # noqa: S704 - our own template
    return templates.page(request, "notifications/sent_mail.html", {"mail": mail, "body": body})
