"""Saying, changing, withdrawing and answering comments."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import adoption, anonymous, queries, resolution, service, unread
from server.discussion.anchoring import Selection
from server.discussion.forms import AnswerForm, CommentForm, EditForm, HideForm, ReplyForm, SeenForm
from server.discussion.models import Comment
from server.discussion.service import CommentTarget
from server.documents import queries as document_queries
from server.errors import NotFoundError
from server.live.broker import Broker
from server.people.access import Admin, CurrentPerson, Manager
from server.people.forms import EmptyForm
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter()
_FOLDED = "discussion/_thread.html"
_LEFT_OUT = "–"
"""What stands for the words of a suggestion to leave something out."""


def _tell(request: Request, slug: str) -> None:
    broker: Broker = request.app.state.broker
    broker.publish(f"proposal-{slug}", "comments")


def _thread(request: Request, pages: TemplatesDep, session: Session, ulid: str) -> HTMLResponse:
    found = queries.thread(session, ulid)
    if found is None:
        raise NotFoundError
    return pages.page(request, _FOLDED, {"said": found})


def _done(request: Request, data: DatabaseDep, pages: TemplatesDep, ulid: str, slug: str) -> Response:
    _tell(request, slug)
    if is_fragment(request):
        with data.reading() as session:
            return _thread(request, pages, session, ulid)
    return see_other(f"/comments/{ulid}")


def _changed(
    request: Request, data: DatabaseDep, pages: TemplatesDep, ulid: str, change: Callable[[Session], Comment]
) -> Response:
    """Change a thread in one transaction, tell the open pages, and answer with the thread as it is then."""
    with data.writing() as session:
        slug = document_queries.slug_of(session, change(session).proposal_id)
        session.commit()
    return _done(request, data, pages, ulid, slug)


@router.post("/proposals/{slug}/comments")
def post_comment(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    data: DatabaseDep,
    pages: TemplatesDep,
    config: SettingsDep,
    form: Annotated[CommentForm, Form()],
) -> Response:
    """Keep a comment on the version I read; one without a name waits for others."""
    wanted = form.suggestion if form.is_suggestion else None
    words = service.prepare(form.text if form.text.strip() or wanted is None else wanted.strip() or _LEFT_OUT)
    marked = Selection(form.block, form.quote, form.start, form.term)
    if form.is_anonymous:
        place = CommentTarget(slug, form.version, form.candidate, "", form.kind, form.goal, marked, wanted)
        with data.writing() as session:
            anonymous.queue(session, place, words, viewer.id, config.secret, now().date())
            session.commit()
        return _held(request, pages, slug)
    with data.writing() as session:
        service.check_pace(session, viewer.id)
        band = form.pay_impact if viewer.is_paid else ""
        place = CommentTarget(slug, form.version, form.candidate, band, form.kind, form.goal, marked, wanted)
        comment = service.create_comment(session, place, words, viewer.id)
        session.commit()
    return _done(request, data, pages, comment.ulid, slug)


def _held(request: Request, pages: TemplatesDep, slug: str) -> Response:
    if is_fragment(request):
        return pages.page(request, "discussion/_pending.html", {})
    return see_other(f"/proposals/{slug}#comments")


@router.get("/comments/{ulid}")
def show_thread(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show a thread by itself, with every form it has."""
    found = queries.thread(session, ulid)
    if found is None:
        raise NotFoundError
    comment = queries.comment(session, found.ulid)
    if comment is None:
        raise NotFoundError
    slug = document_queries.slug_of(session, comment.proposal_id)
    edition = document_queries.version_page(session, slug)
    name = _FOLDED if is_fragment(request) else "discussion/thread.html"
    news = unread.unread_threads(session, comment.proposal_id, viewer.id)
    return pages.page(request, name, {"said": found, "edition": edition, "news": news})


@router.post("/comments/{ulid}/seen")
def mark_seen(
    ulid: str, request: Request, viewer: CurrentPerson, data: DatabaseDep, form: Annotated[SeenForm, Form()]
) -> Response:
    """Note that I have seen a thread: what is said in it later is new to me."""
    with data.writing() as session:
        found = queries.comment(session, ulid)
        if found is None or found.parent_id is not None:
            raise NotFoundError
        unread.record_thread_visit(session, found, viewer.id, form.until)
        session.commit()
    return Response(status_code=204) if is_fragment(request) else see_other(f"/comments/{ulid}")


@router.get("/comments/{ulid}/resolution")
def show_resolution(ulid: str, viewer: CurrentPerson, session: ReadSession) -> Response:
    """Go to the words of the version that took a comment up, or to its thread where none has."""
    del viewer
    comment = queries.comment(session, ulid)
    if comment is None:
        raise NotFoundError
    if comment.in_version is None:
        return see_other(f"/comments/{ulid}")
    slug = document_queries.slug_of(session, comment.proposal_id)
    version = document_queries.version(session, comment.proposal_id, comment.in_version)
    place = adoption.block_url(session, version, comment.in_block) if version else ""
    return see_other(f"/proposals/{slug}/v/{comment.in_version}{place}")


@router.post("/comments/{ulid}/replies")
def post_reply(
    ulid: str,
    request: Request,
    viewer: CurrentPerson,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[ReplyForm, Form()],
) -> Response:
    """Keep a reply."""
    words = service.prepare(form.text)

    def replied(session: Session) -> Comment:
        service.check_pace(session, viewer.id)
        return service.reply(session, ulid, words, viewer.id)

    return _changed(request, data, pages, ulid, replied)


@router.get("/comments/{ulid}/edit")
def show_edit_form(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Open my own comment for a change."""
    comment = service.get_own_comment(session, ulid, viewer.id)
    editable = service.is_editable(comment, now())
    view = {"comment": comment, "text": comment.markdown, "editable": editable, "hours": service.EDIT_HOURS}
    return pages.page(request, "discussion/edit.html", view)


@router.post("/comments/{ulid}/edit")
def edit_comment(
    ulid: str, request: Request, viewer: CurrentPerson, data: DatabaseDep, form: Annotated[EditForm, Form()]
) -> Response:
    """Keep the change."""
    words = service.prepare(form.text)
    with data.writing() as session:
        comment = service.edit(session, ulid, words, viewer.id, form.revision)
        slug = document_queries.slug_of(session, comment.proposal_id)
        session.commit()
    _tell(request, slug)
    return see_other(f"/comments/{ulid}")


@router.post("/comments/{ulid}/delete")
def withdraw_comment(
    ulid: str,
    request: Request,
    viewer: CurrentPerson,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Take my comment back."""
    del form
    return _changed(request, data, pages, ulid, lambda session: service.withdraw(session, ulid, viewer.id))


@router.post("/comments/{ulid}/hide")
def hide_comment(
    ulid: str,
    request: Request,
    viewer: Admin,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[HideForm, Form()],
) -> Response:
    """Take a comment out of sight with a reason, or let it be read again."""

    def hidden(session: Session) -> Comment:
        if form.show_again:
            return service.show_again(session, ulid)
        return service.hide(session, ulid, form.why, viewer.id)

    return _changed(request, data, pages, ulid, hidden)


@router.post("/comments/{ulid}/credit")
def toggle_credit(
    ulid: str,
    request: Request,
    viewer: CurrentPerson,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Say that the ledger should not name me for my comment, or that it may."""
    del form
    return _changed(request, data, pages, ulid, lambda session: service.toggle_credit(session, ulid, viewer.id))


@router.post("/comments/{ulid}/claim")
def claim_answer(ulid: str, request: Request, viewer: Manager, session: ReadSession) -> Response:
    """Let open pages say that somebody is answering a thread; nobody is named, and nothing is kept."""
    del viewer
    comment = queries.comment(session, ulid)
    if comment is None or comment.parent_id is not None:
        raise NotFoundError
    broker: Broker = request.app.state.broker
    broker.publish(f"proposal-{document_queries.slug_of(session, comment.proposal_id)}", f"answering:{comment.ulid}")
    return Response(status_code=204)


@router.post("/comments/{ulid}/endorse")
def endorse_comment(
    ulid: str, request: Request, viewer: CurrentPerson, data: DatabaseDep, pages: TemplatesDep
) -> Response:
    """Say that a comment is the same for me, or no longer."""
    return _changed(request, data, pages, ulid, lambda session: service.endorse(session, ulid, viewer.id))


@router.post("/comments/{ulid}/answer")
def answer_comment(
    ulid: str,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[AnswerForm, Form()],
) -> Response:
    """Say how a comment ends."""
    if form.state == "postponed":
        resolution.check_day(form.postponed_until, now().date())
    given = resolution.prepare_answer(form.state, form.text, form.seen, form.postponed_until)
    return _changed(request, data, pages, ulid, lambda session: resolution.resolve(session, ulid, given, viewer.id))
