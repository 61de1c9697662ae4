"""The overview of the installation for admins: warnings first, then its figures."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from server.operations.checks import Outcome, data_checks, settings_checks
from server.operations.overview import overview
from server.people.access import Admin
from server.web.dependencies import ReadSession, SettingsDep, TemplatesDep

router = APIRouter()


@router.get("/overview")
def show_overview(
    request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep, settings: SettingsDep
) -> HTMLResponse:
    """Show what needs attention, and the figures of the installation."""
    found = [*settings_checks(settings), *data_checks(session)]
    view = {
        "warnings": [check for check in found if check.outcome is not Outcome.ok],
        "passed": [check for check in found if check.outcome is Outcome.ok],
        "lines": overview(session),
    }
    return templates.page(request, "administration/overview.html", view)
