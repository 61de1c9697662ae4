"""The company's settings."""

from typing import Annotated
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.administration import service
from server.administration.forms import CompanyForm
from server.errors import AppError
from server.people.access import Admin
from server.people.models import Company
from server.people.queries import company as company_of
from server.people.service import CompanySettings
from server.settings import Settings
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.i18n import language_names
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


@router.get("/settings")
def show_settings(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    saved: Annotated[str, Query(max_length=4)] = "",
) -> HTMLResponse:
    """Show the company's settings."""
    company = company_of(session) or Company(name="")
    form = CompanyForm.model_construct(
        name=company.name,
        currency=company.currency,
        time_zone=company.time_zone or settings.time_zone,
        fiscal_year_start=company.fiscal_year_start,
        working_day=list(company.working_days),
        answer_days=company.answer_days,
        language=company.language or settings.locale,
        admins_need_second_factor=company.admins_need_second_factor,
    )
    return _settings_page(request, templates, session, settings, form, is_saved=bool(saved))


def _settings_page(
    request: Request,
    templates: Templates,
    session: Session,
    settings: Settings,
    form: CompanyForm,
    *,
    is_saved: bool = False,
    failure: AppError | None = None,
) -> HTMLResponse:
    view = {
        "form": form,
        "zones": sorted(available_timezones()),
        "currencies": sorted(list_currencies()),
        "languages": language_names(settings.locale),
        "is_saved": is_saved,
        "failure": failure.sentence if failure else None,
    }
    return templates.page(request, "administration/settings.html", view, status=failure.status if failure else 200)


@router.post("/settings")
def save_settings(
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[CompanyForm, Form()],
) -> Response:
    """Save the company's settings."""
    values = CompanySettings(
        name=form.name.strip(),
        currency=form.currency.strip().upper(),
        time_zone=form.time_zone,
        fiscal_year_start=form.fiscal_year_start,
        working_days="".join(sorted(set(form.working_day))),
        answer_days=form.answer_days,
        language=form.language,
        admins_need_second_factor=form.admins_need_second_factor,
    )
    try:
        with database.writing() as session:
            service.save_settings(session, viewer, values)
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return _settings_page(request, templates, session, settings, form, failure=error)
    return see_other("/settings?saved=true")
