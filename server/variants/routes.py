"""Screens of variants: the list, the form with its effect while typing, one variant with what is said about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.books.offers import load_offers
from server.comp.language.diagnostics import PlanError
from server.comp.plan_text.edit import without_section
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents.models import Variant
from server.documents.queries import VersionPage
from server.errors import AppError, NotFoundError
from server.messages import Message, message
from server.people.access import CurrentPerson, Manager, PaidViewer
from server.people.forms import EmptyForm
from server.people.queries import Viewer
from server.variants import service, views
from server.variants.service import VariantDraft
from server.variants.views import VariantEdit
from server.voting import queries as voting_queries
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter()
MAX_TEXT = 70_000
MAX_FIELDS = 2_000


async def read_fields(request: Request) -> dict[str, str]:
    """Return the form's fields; their names depend on the plan, so no model lists them."""
    form = await request.form(max_fields=MAX_FIELDS)
    fields = {name: value.replace("\x00", "") for name, value in form.items() if isinstance(value, str)}
    return {name: value[:MAX_TEXT] for name, value in fields.items()}


PlanFields = Annotated[dict[str, str], Depends(read_fields)]


def _edition(session: Session, slug: str) -> VersionPage:
    found = document_queries.version_page(session, slug)
    if found is None:
        raise NotFoundError
    return found


def _variant(session: Session, edition: VersionPage, key: str) -> Variant:
    found = document_queries.variant(session, edition.proposal_id, key)
    if found is None:
        raise NotFoundError
    return found


@router.get("/proposals/{slug}/variants")
def list_variants(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """List the variants, and what one can start from."""
    edition = _edition(session, slug)
    found = document_queries.variants(session, edition.proposal_id)
    offers = load_offers(session, document_queries.candidates(session, edition.version_id))
    tallies = voting_queries.tallies(session, edition.version_id)
    keyed = [(document_queries.variant_key(variant), variant, author) for variant, author in found]
    view = {
        "edition": edition,
        "variants": keyed,
        "offers": offers,
        "tallies": tallies,
        "no_votes": voting_queries.Tally(),
    }
    del viewer
    return pages.page(request, "variants/list.html", view)


@router.get("/proposals/{slug}/variants/new")
def new_variant(
    slug: str, request: Request, viewer: PaidViewer, session: ReadSession, pages: TemplatesDep, base: str = "today"
) -> HTMLResponse:
    """Open the form on a candidate, today's plan or another variant."""
    edition = _edition(session, slug)
    editing = VariantEdit(base[:20], without_section(service.base_text(session, edition, base[:20]), "cases"))
    return _form(request, pages, session, viewer, edition, editing)


@router.post("/proposals/{slug}/variants/preview")
def preview_variant(
    slug: str, request: Request, viewer: PaidViewer, session: ReadSession, pages: TemplatesDep, fields: PlanFields
) -> HTMLResponse:
    """Show what the plan in the form says, changes and pays me; form and text follow each other."""
    return _form(request, pages, session, viewer, _edition(session, slug), views.variant_edit(fields))


@router.post("/proposals/{slug}/variants")
def publish_variant(
    slug: str,
    request: Request,
    viewer: PaidViewer,
    data: DatabaseDep,
    pages: TemplatesDep,
    config: SettingsDep,
    fields: PlanFields,
) -> Response:
    """Publish the variant; whatever is wrong, the form comes back as it was."""
    editing = views.variant_edit(fields)
    proposed = VariantDraft(editing.base, editing.text, editing.reason, editing.anonymous)
    try:
        with data.writing() as session:
            edition = _edition(session, slug)
            service.base_text(session, edition, editing.base)
            secret = config.secret_key.get_secret_value()
            made = service.publish(session, edition, proposed, viewer.id, secret)
            session.commit()
            key = document_queries.variant_key(made)
    except PlanError:
        failure, status = message("The plan cannot be read yet. The problems stand beside it by line."), 422
    except NotFoundError:
        raise
    except AppError as error:
        failure, status = error.sentence, error.status
    else:
        return see_other(f"/proposals/{slug}/variants/{key}")
    with data.reading() as session:
        return _form(request, pages, session, viewer, _edition(session, slug), editing, failure, status)


@router.get("/proposals/{slug}/variants/{key}")
def show_variant(
    slug: str,
    key: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    config: SettingsDep,
) -> HTMLResponse:
    """Show a variant beside what it was made from, with what is said and voted."""
    edition = _edition(session, slug)
    found = _variant(session, edition, key)
    author = next(
        (name for one, name in document_queries.variants(session, edition.proposal_id) if one.id == found.id), None
    )
    secret = config.secret_key.get_secret_value()
    view = {
        "edition": edition,
        "key": key,
        "variant": found,
        "author": author,
        "is_mine": service.is_owner(secret, found, viewer.id),
        "looked": views.preview_variant(session, viewer, edition, VariantEdit(found.base_key, found.text), skip=key),
        "threads": discussion_queries.threads(session, edition.proposal_id, edition.version_id, key),
        "more": None,
        "tally": voting_queries.tallies(session, edition.version_id).get(key, voting_queries.Tally()),
        "own": voting_queries.my_votes(session, edition.proposal_id, edition.number, viewer.id).get(key),
        "slug": slug,
        "number": edition.number,
        "open": True,
    }
    return pages.page(request, "variants/show.html", view)


@router.post("/proposals/{slug}/variants/{key}/withdraw")
def withdraw_variant(
    slug: str, key: str, viewer: PaidViewer, data: DatabaseDep, config: SettingsDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Take my variant back."""
    del form
    with data.writing() as session:
        found = _variant(session, _edition(session, slug), key)
        service.withdraw(session, found, viewer.id, config.secret_key.get_secret_value())
        session.commit()
    return see_other(f"/proposals/{slug}/variants")


@router.post("/proposals/{slug}/variants/{key}/promote")
def promote_variant(
    slug: str, key: str, viewer: Manager, data: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Put a variant into my draft of the next version, with credit."""
    del form
    with data.writing() as session:
        found = _variant(session, _edition(session, slug), key)
        proposal = document_queries.by_slug(session, slug)
        assert proposal  # noqa: S101 - it has an edition
        service.promote(session, proposal, found, viewer.id)
        session.commit()
    return see_other(f"/proposals/{slug}/edit")


def _form(
    request: Request,
    pages: TemplatesDep,
    session: Session,
    viewer: Viewer,
    edition: VersionPage,
    editing: VariantEdit,
    failure: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    view: dict[str, Any] = {
        "edition": edition,
        "editing": editing,
        "looked": views.preview_variant(session, viewer, edition, editing),
        "failure": failure,
    }
    name = "variants/_preview.html" if is_fragment(request) else "variants/edit.html"
    return pages.page(request, name, view, status=status)
