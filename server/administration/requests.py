"""Requests about one person: the page of an admin, and changes, after which it is shown again if they are refused."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.accounts.service import can_mail, last_mails
from server.administration import queries
from server.administration.forms import LevelForm, ManagerForm, MergeForm, QuotaForm
from server.administration.views import ROLE_LABELS, STATE_LABELS, person_form
from server.errors import AppError, NotFoundError
from server.people import queries as people_queries
from server.people.access import Admin
from server.people.models import Person
from server.web.dependencies import DatabaseDep, SettingsDep, TemplatesDep
from server.web.forms import BaseForm
from server.web.responses import see_other


def existing_person(session: Session, ulid: str) -> Person:
    """Return a person by public id; raises NotFoundError."""
    person = people_queries.person(session, ulid)
    if person is None:
        raise NotFoundError
    return person


class PersonRequest:
    """A request to see or change a person."""

    def __init__(
        self,
        ulid: str,
        request: Request,
        viewer: Admin,
        database: DatabaseDep,
        templates: TemplatesDep,
        settings: SettingsDep,
    ) -> None:
        self.viewer, self.settings = viewer, settings
        self._ulid, self._request, self._database, self._templates = ulid, request, database, templates

    @property
    def mails(self) -> bool:
        """Whether Townhall can send e-mail here."""
        return can_mail(self.settings)

    def page(self, *, failure: AppError | None = None, **values: object) -> HTMLResponse:
        """Show the person; `values` are forms as they were sent, a new link, or the preview of a merge."""
        with self._database.reading() as session:
            person = existing_person(session, self._ulid)
            view = self._view(session, person) | values
        view["failure"] = failure.sentence if failure else None
        status = failure.status if failure else 200
        return self._templates.page(self._request, "administration/person.html", view, status=status)

    def change(
        self,
        change: Callable[[Session, Person], object],
        show: Callable[[Any], Response] | None = None,
        **forms: BaseForm,
    ) -> Response:
        """Change the person and go to their page, or `show` the result; a refused form is shown as it was sent."""
        try:
            with self._database.writing() as session:
                result = change(session, existing_person(session, self._ulid))
                session.commit()
        except NotFoundError:
            raise
        except AppError as error:
            return self.page(failure=error, **forms)
        return show(result) if show else see_other(f"/people/{self._ulid}")

    def _view(self, session: Session, person: Person) -> dict[str, Any]:
        mail = last_mails(session, person.id).get(person.id)
        return {
            "person": person,
            "account": people_queries.accounts(session)[person.id],
            "mail": mail if mail and not mail.sent_at else None,
            "levels": people_queries.level_history(session, person.id),
            "managers": queries.manager_history(session, person.id),
            "quotas": queries.own_quotas(session, person.id),
            "known_levels": queries.known_levels(session),
            "leaders": queries.possible_managers(session),
            "form": person_form(person),
            "level_form": LevelForm(),
            "manager_form": ManagerForm(),
            "quota_form": QuotaForm(),
            "merge_form": MergeForm(),
            "role_labels": ROLE_LABELS,
            "state_labels": STATE_LABELS,
            "mails": self.mails,
            "today": people_queries.company_today(session),
            "currency": queries.currency(session),
            "link": None,
            "merge": None,
        }


PersonRequestDep = Annotated[PersonRequest, Depends()]
