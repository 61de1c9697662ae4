"""Routes of comments: post, reply, edit, withdraw, hide, endorse and answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.audit.service import record
from server.db.columns import now
from server.discussion import adoption, anonymous, moderation, queries, resolution, service, unread
from server.discussion.anchoring import Selection
from server.discussion.forms import AnswerForm, CommentForm, EditForm, HideForm, PreviewForm, ReplyForm, SeenForm
from server.discussion.models import Comment
from server.discussion.service import CommentBody, CommentTarget
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, Owner
from server.errors import NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.people.access import Admin, CurrentPerson
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)
_THREAD = "discussion/_thread.html"
_NO_TEXT = "–"
"""The text of a comment that only suggests to leave something out."""


@dataclass(frozen=True, slots=True)
class ThreadResponder:
    """Changes a thread in one transaction, tells open pages, and responds with the thread."""

    request: Request
    database: DatabaseDep
    templates: TemplatesDep
    live: Live

    def change(self, ulid: str, change: Callable[[Session], Comment]) -> Response:
        """Apply a change and respond with the thread as it is then."""
        with self.database.writing() as session:
            slug = document_queries.slug_of(session, change(session).proposal_id)
            session.commit()
        return self.respond(ulid, slug)

    def respond(self, ulid: str, slug: str) -> Response:
        """Tell open pages and respond with a thread."""
        self.live.publish(topic_of(slug), "comments")
        if not is_fragment(self.request):
            return see_other(f"/comments/{ulid}")
        with self.database.reading() as session:
            thread = queries.thread(session, ulid)
            if thread is None:
                raise NotFoundError
            return self.templates.page(self.request, _THREAD, {"thread": thread})


Responder = Annotated[ThreadResponder, Depends()]


@router.post("/proposals/{slug}/comments")
def post_comment(
    slug: str,
    request: Request,
    viewer: CurrentPerson,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    responder: Responder,
    form: Annotated[CommentForm, Form()],
) -> Response:
    """Post a comment on the version I read; an anonymous one is queued until the next day."""
    body = _comment_body(form)
    if form.is_anonymous:
        with database.writing() as session:
            target = _comment_target(slug, form, pay_impact="")
            anonymous.queue(session, target, body, viewer.id, settings.secret, now().date())
            session.commit()
        if is_fragment(request):
            return templates.page(request, "discussion/_pending.html", {})
        return see_other(f"/proposals/{slug}#comments")
    with database.writing() as session:
        service.check_pace(session, viewer.id)
        target = _comment_target(slug, form, pay_impact=form.pay_impact if viewer.is_paid else "")
        comment = service.create_comment(session, target, body, viewer.id)
        session.commit()
    return responder.respond(comment.ulid, slug)


@router.post("/comments/preview")
def preview_comment(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    form: Annotated[PreviewForm, Form()],
) -> HTMLResponse:
    """Show how a comment or reply will look, and whom it mentions."""
    html = service.preview(session, form.text)
    name = "discussion/_preview.html" if is_fragment(request) else "discussion/preview.html"
    return templates.page(request, name, {"html": html})


def _comment_body(form: CommentForm) -> CommentBody:
    """Return the text of a comment; a suggestion without a text of its own is its text."""
    if form.text.strip() or not form.is_suggestion:
        return service.prepare(form.text)
    return service.prepare((form.suggestion or "").strip() or _NO_TEXT)


def _comment_target(slug: str, form: CommentForm, pay_impact: str) -> CommentTarget:
    return CommentTarget(
        slug=slug,
        number=form.version,
        candidate=form.candidate,
        pay_impact=pay_impact,
        kind=form.kind,
        goal=form.goal,
        selection=Selection(form.block, form.quote, form.start, form.term),
        suggestion=form.suggestion if form.is_suggestion else None,
        version_id=form.version_id,
    )


@router.get("/comments/{ulid}")
def show_thread(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show one thread with every form it has."""
    thread = queries.thread(session, ulid)
    comment = queries.comment(session, thread.ulid) if thread else None
    if comment is None:
        raise NotFoundError
    version = document_queries.version_page(session, document_queries.slug_of(session, comment.proposal_id))
    name = _THREAD if is_fragment(request) else "discussion/thread.html"
    view = {
        "thread": thread,
        "version": version,
        "unread": unread.unread_threads(session, comment.proposal_id, viewer.id),
    }
    return templates.page(request, name, view)


@router.post("/proposals/{slug}/seen")
def mark_discussion_seen(
    slug: str, request: Request, viewer: CurrentPerson, database: DatabaseDep, form: Annotated[SeenForm, Form()]
) -> Response:
    """Record that I have seen a discussion; later comments are new to me."""
    with database.writing() as session:
        version = document_queries.version_ref(session, slug)
        if version is None:
            raise NotFoundError
        unread.record_visit(session, version.proposal_id, viewer.id, form.until)
        session.commit()
    return Response(status_code=204) if is_fragment(request) else see_other(f"/proposals/{slug}#comments")


@router.post("/comments/{ulid}/seen")
def mark_thread_seen(
    ulid: str, request: Request, viewer: CurrentPerson, database: DatabaseDep, form: Annotated[SeenForm, Form()]
) -> Response:
    """Record that I have seen a thread; later replies in it are new to me."""
    with database.writing() as session:
        thread = queries.comment(session, ulid)
        if thread is None or thread.parent_id is not None:
            raise NotFoundError
        unread.record_thread_visit(session, thread, viewer.id, form.until)
        session.commit()
    return Response(status_code=204) if is_fragment(request) else see_other(f"/comments/{ulid}")


@router.get("/comments/{ulid}/resolution")
def show_resolution(ulid: str, viewer: CurrentPerson, session: ReadSession) -> Response:
    """Go to the block of the version that includes a comment, or to its thread if none does."""
    comment = queries.comment(session, ulid)
    if comment is None:
        raise NotFoundError
    if comment.in_version is None:
        return see_other(f"/comments/{ulid}")
    slug = document_queries.slug_of(session, comment.proposal_id)
    version = document_queries.version(session, comment.proposal_id, comment.in_version)
    fragment = adoption.block_url(session, version, comment.in_block) if version else ""
    return see_other(f"/proposals/{slug}/v/{comment.in_version}{fragment}")


@router.post("/comments/{ulid}/replies")
def post_reply(ulid: str, viewer: CurrentPerson, responder: Responder, form: Annotated[ReplyForm, Form()]) -> Response:
    """Post a reply."""
    body = service.prepare(form.text)

    def reply(session: Session) -> Comment:
        service.check_pace(session, viewer.id)
        return service.reply(session, ulid, body, viewer.id)

    return responder.change(ulid, reply)


@router.get("/comments/{ulid}/edit")
def show_edit_form(
    ulid: str, request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the form to edit my own comment."""
    comment = service.get_own_comment(session, ulid, viewer.id)
    view = {
        "comment": comment,
        "text": comment.markdown,
        "editable": service.is_editable(comment, now()),
        "hours": service.EDIT_HOURS,
    }
    return templates.page(request, "discussion/edit.html", view)


@router.post("/comments/{ulid}/edit")
def edit_comment(
    ulid: str, viewer: CurrentPerson, database: DatabaseDep, live: Live, form: Annotated[EditForm, Form()]
) -> Response:
    """Save the edit of my own comment."""
    body = service.prepare(form.text)
    with database.writing() as session:
        comment = service.edit(session, ulid, body, viewer.id, form.revision)
        slug = document_queries.slug_of(session, comment.proposal_id)
        session.commit()
    live.publish(topic_of(slug), "comments")
    return see_other(f"/comments/{ulid}")


@router.post("/comments/{ulid}/delete")
def withdraw_comment(
    ulid: str, viewer: CurrentPerson, responder: Responder, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Withdraw my comment."""
    return responder.change(ulid, lambda session: service.withdraw(session, ulid, viewer.id))


@router.post("/comments/{ulid}/hide")
def hide_comment(ulid: str, viewer: Admin, responder: Responder, form: Annotated[HideForm, Form()]) -> Response:
    """Hide a comment with a reason, or show it again."""

    def change(session: Session) -> Comment:
        if form.show_again:
            comment, action = moderation.show_again(session, ulid), "comment shown"
        else:
            comment, action = moderation.hide(session, ulid, form.why, viewer.id), "comment hidden"
        slug = document_queries.slug_of(session, comment.proposal_id)
        record(session, action, viewer.id, slug, f"/comments/{ulid}")
        return comment

    return responder.change(ulid, change)


@router.post("/comments/{ulid}/credit")
def toggle_credit(
    ulid: str, viewer: CurrentPerson, responder: Responder, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Choose whether the ledger names me for my comment."""
    return responder.change(ulid, lambda session: service.toggle_credit(session, ulid, viewer.id))


@router.post("/comments/{ulid}/claim")
def claim_answer(ulid: str, viewer: Owner, session: ReadSession, live: Live) -> Response:
    """Tell open pages that a thread is being answered; no name is sent and nothing is stored."""
    comment = queries.comment(session, ulid)
    if comment is None or comment.parent_id is not None:
        raise NotFoundError
    live.publish(topic_of(document_queries.slug_of(session, comment.proposal_id)), f"answering:{comment.ulid}")
    return Response(status_code=204)


@router.post("/comments/{ulid}/endorse")
def endorse_comment(ulid: str, viewer: CurrentPerson, responder: Responder) -> Response:
    """Endorse a comment, or withdraw the endorsement."""
    return responder.change(ulid, lambda session: service.endorse(session, ulid, viewer.id))


@router.post("/comments/{ulid}/answer")
def answer_comment(ulid: str, viewer: Owner, responder: Responder, form: Annotated[AnswerForm, Form()]) -> Response:
    """Answer, accept, decline or postpone a comment."""
    answer = resolution.prepare_answer(form.state, form.text, form.seen, form.postponed_until)
    return responder.change(ulid, lambda session: resolution.resolve(session, ulid, answer, viewer.id))
