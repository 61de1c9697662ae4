"""The audit log as a page and as CSV."""

import csv
import io
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from server.audit import queries
from server.audit.actions import ACTIONS, sentence_of
from server.audit.queries import AuditFilter
from server.messages import message
from server.people.access import Admin
from server.people.queries import company_zone
from server.statements.csv import escape_formula
from server.web.dependencies import Number, ReadSession, SettingsDep, TemplatesDep

router = APIRouter()
Day = Annotated[str, Query(max_length=10)]
Words = Annotated[str, Query(max_length=120)]
ActionName = Annotated[str, Query(max_length=40)]


def _filter(action: str, words: str, since: str, until: str) -> AuditFilter:
    return AuditFilter(action if action in ACTIONS else "", words, _day(since), _day(until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/audit")
def show_audit(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    action: ActionName = "",
    words: Words = "",
    since: Day = "",
    until: Day = "",
    below: Number | None = None,
) -> HTMLResponse:
    """Show who changed what, newest first."""
    chosen, zone = _filter(action, words, since, until), company_zone(session, settings.time_zone)
    entries = queries.entries(session, chosen, zone, below)
    view = {
        "entries": [
            (entry, entry.at.astimezone(zone), sentence_of(entry.action, entry.subject, entry.values))
            for entry in entries
        ],
        "chosen": chosen,
        "zone": str(zone),
        "actions": {name: message(name.capitalize()) for name in sorted(ACTIONS)},
        "more": entries[-1].id if len(entries) == queries.PAGE_SIZE else None,
        "query": {"action": chosen.action, "words": words, "since": since, "until": until},
    }
    return templates.page(request, "administration/audit.html", view)


@router.get("/audit.csv")
def download_audit(
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    action: ActionName = "",
    words: Words = "",
    since: Day = "",
    until: Day = "",
) -> Response:
    """Download what the filter chooses as CSV."""
    zone = company_zone(session, settings.time_zone)
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(["time", "who", "action", "what"])
    for entry in queries.entries(session, _filter(action, words, since, until), zone, limit=None):
        sentence = templates.language.sentence(sentence_of(entry.action, entry.subject, entry.values))
        moment = entry.at.astimezone(zone).isoformat(timespec="seconds")
        writer.writerow([moment, escape_formula(entry.actor or "command line"), entry.action, escape_formula(sentence)])
    headers = {"content-disposition": 'attachment; filename="audit.csv"'}
    return Response(output.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)
