"""The screens of variants: the list, the form with its live preview, and a variant with its discussion."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.books.offers import load_offers
from server.comp import PlanError
from server.comp.plan_text.edit import without_section
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents import stages
from server.documents.access import DOCUMENT_ACCESS, Owner
from server.documents.models import Variant
from server.documents.queries import VersionPage
from server.errors import AppError, NotFoundError
from server.messages import Message, message
from server.people.access import CurrentPerson, PaidViewer
from server.people.queries import Viewer, company_today
from server.plan_editor.fields import PlanFields
from server.plan_editor.form import PlanEdit
from server.variants import service, views
from server.variants.service import VariantDraft
from server.variants.views import VariantEdit
from server.voting import queries as voting_queries
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)
MAX_KEY = 20
"""Longest key of a base that is looked up."""


def _version(session: Session, slug: str) -> VersionPage:
    version = document_queries.version_page(session, slug)
    if version is None:
        raise NotFoundError
    return version


def _variant(session: Session, version: VersionPage, key: str) -> Variant:
    variant = document_queries.variant(session, version.proposal_id, key)
    if variant is None:
        raise NotFoundError
    return variant


@router.get("/proposals/{slug}/variants")
def list_variants(
    slug: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """List the variants, and the plans a new one can start from."""
    version = _version(session, slug)
    variants = document_queries.variants(session, version.proposal_id)
    view = {
        "version": version,
        "variants": [(document_queries.variant_key(variant), variant, name) for variant, name in variants],
        "offers": load_offers(session, document_queries.candidates(session, version.version_id)),
        "tallies": voting_queries.tallies(session, version.version_id),
        "no_votes": voting_queries.Tally(),
    }
    return templates.page(request, "variants/list.html", view)


@router.get("/proposals/{slug}/variants/new")
def show_new_variant(
    slug: str,
    request: Request,
    viewer: PaidViewer,
    session: ReadSession,
    templates: TemplatesDep,
    base: str = "today",
) -> HTMLResponse:
    """Show the form for a variant of a candidate, today's plan or another variant."""
    version = _version(session, slug)
    base = base[:MAX_KEY]
    edit = VariantEdit(base, PlanEdit(without_section(service.base_text(session, version, base), "cases")))
    return _form(request, templates, session, viewer, version, edit)


@router.post("/proposals/{slug}/variants/preview")
def preview_variant(
    slug: str,
    request: Request,
    viewer: PaidViewer,
    session: ReadSession,
    templates: TemplatesDep,
    fields: PlanFields,
) -> HTMLResponse:
    """Show what the plan in the form says, changes and pays me, and synchronise the form and the text."""
    return _form(request, templates, session, viewer, _version(session, slug), views.variant_edit(fields))


@router.post("/proposals/{slug}/variants")
def publish_variant(
    slug: str,
    request: Request,
    viewer: PaidViewer,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    fields: PlanFields,
) -> Response:
    """Publish the variant, or show the form again with what was entered and what is wrong."""
    edit = views.variant_edit(fields)
    draft = VariantDraft(edit.base, edit.text, edit.reason, edit.anonymous)
    try:
        with database.writing() as session:
            version = _version(session, slug)
            service.base_text(session, version, edit.base)  # raises NotFoundError for an unknown base
            secret = settings.secret_key.get_secret_value()
            variant = service.publish(session, version, draft, viewer.id, secret)
            session.commit()
            key = document_queries.variant_key(variant)
    except PlanError:
        failure, status = (
            message("The plan has errors. Fix the lines listed next to it, then publish again."),
            422,
        )
    except NotFoundError:
        raise
    except AppError as error:
        failure, status = error.sentence, error.status
    else:
        return see_other(f"/proposals/{slug}/variants/{key}")
    with database.reading() as session:
        return _form(request, templates, session, viewer, _version(session, slug), edit, failure, status)


@router.get("/proposals/{slug}/variants/{key}")
def show_variant(
    slug: str,
    key: str,
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
) -> HTMLResponse:
    """Show a variant with its changes to the base, its comments and its votes."""
    version = _version(session, slug)
    variant = _variant(session, version, key)
    variants = document_queries.variants(session, version.proposal_id)
    secret = settings.secret_key.get_secret_value()
    edit = VariantEdit(variant.base_key, PlanEdit(variant.text))
    votes = voting_queries.my_votes(session, version.proposal_id, version.number, viewer.id)
    view = {
        "version": version,
        "key": key,
        "variant": variant,
        "author": next((author for other, author in variants if other.id == variant.id), None),
        "is_mine": service.is_owner(secret, variant, viewer.id),
        "preview": views.preview_variant(session, viewer, version, edit, skip=key),
        "threads": discussion_queries.threads(session, version.proposal_id, version.version_id, key),
        "more": None,
        "tally": voting_queries.tallies(session, version.version_id).get(key, voting_queries.Tally()),
        "my_vote": votes.get(key),
        "voted": voting_queries.voted_names(votes, version.number),
        "slug": slug,
        "number": version.number,
        "version_id": version.version_id,
        "is_open": stages.is_open(version.redesign, company_today(session)),
    }
    return templates.page(request, "variants/show.html", view)


@router.post("/proposals/{slug}/variants/{key}/withdraw")
def withdraw_variant(
    slug: str,
    key: str,
    viewer: PaidViewer,
    database: DatabaseDep,
    settings: SettingsDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Withdraw my variant."""
    with database.writing() as session:
        variant = _variant(session, _version(session, slug), key)
        service.withdraw(session, variant, viewer.id, settings.secret_key.get_secret_value())
        session.commit()
    return see_other(f"/proposals/{slug}/variants")


@router.post("/proposals/{slug}/variants/{key}/promote")
def promote_variant(
    slug: str, key: str, viewer: Owner, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Add a variant as a candidate to my draft of the next version, with credit."""
    with database.writing() as session:
        variant = _variant(session, _version(session, slug), key)
        proposal = document_queries.by_slug(session, slug)
        assert proposal  # noqa: S101 - it has a version
        service.promote(session, proposal, variant, viewer.id)
        session.commit()
    return see_other(f"/proposals/{slug}/edit")


def _form(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    viewer: Viewer,
    version: VersionPage,
    edit: VariantEdit,
    failure: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    view: dict[str, Any] = {
        "version": version,
        "edit": edit,
        "preview": views.preview_variant(session, viewer, version, edit),
        "failure": failure,
    }
    name = "variants/_preview.html" if is_fragment(request) else "variants/edit.html"
    return templates.page(request, name, view, status=status)
