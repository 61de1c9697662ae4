"""Routes of a redesign's audience and owners."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.audit.service import record
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, Owner
from server.documents.models import Redesign
from server.errors import AppError, InvalidError, NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people import queries as people_queries
from server.plan_editor.audience import (
    Conditions,
    chosen_conditions,
    known_conditions,
    people_ids,
    read_audience,
)
from server.plan_editor.fields import PlanFields
from server.publishing import service
from server.publishing.redesigns import existing_redesign, page_after_saving
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@dataclass(frozen=True, slots=True)
class AudienceEdit:
    """The form as it is filled in: chosen conditions, and people and owners by name, one a line."""

    chosen: Conditions
    people: str
    owners: str


@router.get("/proposals/{slug}/audience")
def show_audience(
    slug: str, request: Request, viewer: Owner, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show whom the redesign is for, and who may change it."""
    _, redesign = existing_redesign(session, slug)
    return _show(request, templates, session, slug, _saved(session, redesign))


@router.post("/proposals/{slug}/audience")
def save_audience(
    slug: str,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    fields: PlanFields,
) -> Response:
    """Save whom the redesign is for, and who may change it."""
    edit = AudienceEdit(chosen_conditions(fields), fields.get("people", ""), fields.get("owners", ""))
    try:
        with database.writing() as session:
            proposal, redesign = existing_redesign(session, slug)
            after_url = page_after_saving(proposal)
            before = _described(session, redesign)
            service.set_audience(session, redesign, read_audience(session, edit.chosen, edit.people))
            owners = people_ids(session, edit.owners)
            document_service.set_owners(session, redesign, owners)
            if owners and viewer.id not in owners and not viewer.is_admin:
                raise InvalidError(
                    message("You would no longer be an owner. Add yourself, or ask an admin to do this.")
                )
            if (after := _described(session, redesign)) != before:
                record(session, "audience changed", viewer.id, redesign.title, f"/proposals/{slug}", what=after)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            return _show(request, templates, session, slug, edit, error)
    live.publish(topic_of(slug), "version")
    return see_other(after_url)


def _saved(session: Session, redesign: Redesign) -> AudienceEdit:
    """Return the form as it was saved."""
    labels = {person.id: label for label, person in people_queries.labelled(session).items()}
    emails = {person.id: person.email for person in people_queries.list_people(session)}
    shared = people_queries.namesakes(session)

    def line(person_id: int) -> str:
        name = labels.get(person_id, "")
        return emails.get(person_id) or name if name.partition(" (")[0].casefold() in shared else name

    chosen = {"title": redesign.titles, "level": redesign.levels, "region": redesign.regions}
    return AudienceEdit(
        {name: tuple(values) for name, values in chosen.items()},
        "\n".join(map(line, redesign.people)),
        "\n".join(line(person.id) for person in document_queries.owners_of(session, redesign.id)),
    )


def _described(session: Session, redesign: Redesign) -> str:
    """Return the audience and owners as the audit log has them."""
    edit = _saved(session, redesign)
    conditions = [value for values in edit.chosen.values() for value in values]
    audience = "; ".join([*conditions, *edit.people.splitlines()]) or "everyone"
    return f"for {audience}; owners: {', '.join(edit.owners.splitlines()) or 'all managers'}"


def _show(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    slug: str,
    edit: AudienceEdit,
    failure: AppError | None = None,
) -> HTMLResponse:
    proposal, _ = existing_redesign(session, slug)
    view = {
        "proposal": proposal,
        "edit": edit,
        "conditions": {name: sorted(values) for name, values in known_conditions(session).items()},
        "failure": failure.sentence if failure else None,
    }
    return templates.page(request, "publishing/audience.html", view, status=failure.status if failure else 200)
