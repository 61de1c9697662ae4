"""Routes of acceptance: apply a suggestion, accept a comment with an edit, and answer several comments at once."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session

from server.acceptance.service import Acceptance, BlockEdit, accept, commented_block, open_acceptance
from server.acceptance.suggestions import apply, apply_all, preview, suggested_change
from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.discussion import resolution
from server.discussion.forms import AnswerManyForm
from server.discussion.models import CommentState
from server.discussion.views import InboxFilter, SimilarComments
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, Owner, check_owner
from server.errors import AppError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people.access import Manager
from server.people.queries import Viewer, answer_promise
from server.text.blocks import blocks_of
from server.text.markdown import MAX_PAGE
from server.text.source_edit import source_of
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import BaseForm, EmptyForm
from server.web.responses import client_redirect, is_fragment, see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)
BLOCK_KINDS = {
    "heading": message("heading"),
    "paragraph": message("paragraph"),
    "item": message("list item"),
    "quote": message("quotation"),
    "table": message("table"),
    "code": message("code"),
    "plan": message("candidate"),
    "definition": message("definition"),
    "footnote": message("footnote"),
}
"""The labels of the kinds of blocks."""


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class AcceptForm(BaseForm):
    """The change that accepting a comment leads to: a block, its lines before and after, and an answer.

    `part` is the block that is chosen, `of` the one that the lines are of; `show` asks for the lines of the chosen one.
    """

    part: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    of: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    show: bool = False
    was: str = Field(default="", max_length=MAX_PAGE)
    source: str = Field(default="", max_length=MAX_PAGE)
    text: str = Field(default="", max_length=60_000)
    seen: str = Field(default="open", max_length=12)
    back: str = Field(default="", max_length=10)

    @property
    def asks_for_block(self) -> bool:
        """Whether another block should be shown and nothing is accepted yet."""
        return self.show or (self.part != self.of and self.source == self.was)

    def edit(self) -> BlockEdit:
        """Return the edit, with line ends as in stored texts."""
        was, source = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (self.was, self.source))
        return BlockEdit(self.of, was, source, self.text, self.seen)


@router.post("/comments/{ulid}/apply-suggestion")
def apply_suggestion(
    ulid: str,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    live: Live,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Apply what a comment suggests to my draft, and go to the draft."""
    with database.reading() as session:
        preview(session, [ulid], viewer)
    with database.writing() as session:
        workspace = apply(session, ulid, viewer)
        slug, url = workspace.proposal.slug, workspace.edit_url
        session.commit()
    live.publish(topic_of(slug), "comments")
    return client_redirect(request, url)


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """Responds with the page on which a manager accepts a comment."""

    request: Request
    templates: TemplatesDep
    viewer: Viewer
    ulid: str

    def first(self, session: Session, part: int | None, back: str) -> HTMLResponse:
        """Show a block, or the one that the comment is about."""
        acceptance = open_acceptance(session, self.ulid, self.viewer)
        return self._page(session, acceptance, _fill(session, acceptance, part, AcceptForm(back=back)))

    def other_block(self, session: Session, form: AcceptForm) -> HTMLResponse:
        """Show the block that was chosen, and the answer as it was typed."""
        acceptance = open_acceptance(session, self.ulid, self.viewer)
        return self._page(session, acceptance, _fill(session, acceptance, form.part, form))

    def failure(self, session: Session, form: AcceptForm, error: AppError) -> HTMLResponse:
        """Show the form as it was sent, with the block as it is now."""
        acceptance = open_acceptance(session, self.ulid, self.viewer)
        number = form.of if form.of is not None and form.of < len(acceptance.blocks) else None
        was = acceptance.source(number) if number is not None else ""
        updated = form.model_copy(update={"part": number, "was": was, "seen": acceptance.comment.state})
        return self._page(session, acceptance, updated, error)

    def _page(
        self, session: Session, acceptance: Acceptance, form: AcceptForm, error: AppError | None = None
    ) -> HTMLResponse:
        view = {
            "acceptance": acceptance,
            "form": form,
            "failure": error.sentence if error else None,
            "kinds": BLOCK_KINDS,
            "thread": discussion_queries.thread(session, self.ulid),
        }
        status = error.status if error else 200
        return self.templates.page(self.request, "acceptance/accept.html", view, status=status)


def _fill(session: Session, acceptance: Acceptance, part: int | None, form: AcceptForm) -> AcceptForm:
    """Return the form with a block and its lines, and the state of the comment."""
    number, source = _proposed_source(session, acceptance, part)
    was = acceptance.source(number) if number is not None else ""
    values = {"part": number, "was": was, "source": source, "seen": acceptance.comment.state}
    return form.model_copy(update=values)


def _proposed_source(session: Session, acceptance: Acceptance, part: int | None) -> tuple[int | None, str]:
    """Return the block to show, and its lines with the suggestion applied if that is possible."""
    commented = commented_block(session, acceptance)
    number = part if part is not None and part < len(acceptance.blocks) else commented
    if acceptance.comment.suggestion is not None and number is not None and number == commented:
        with suppress(AppError):  # a suggestion that cannot be applied is shown above the lines
            change = suggested_change(session, acceptance)
            blocks = blocks_of(change.markdown)
            is_deleted = len(blocks) != len(acceptance.blocks)
            return change.number, "" if is_deleted else source_of(change.markdown, blocks[change.number])
    return number, acceptance.source(number) if number is not None else ""


class AcceptQuery(BaseModel):
    """The block to show, and the page to go back to."""

    part: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    back: str = Field(default="", max_length=10)


@router.get("/comments/{ulid}/accept")
def show_accept_form(
    ulid: str,
    request: Request,
    viewer: Owner,
    session: ReadSession,
    templates: TemplatesDep,
    query: Annotated[AcceptQuery, Query()],
) -> HTMLResponse:
    """Show the block that a comment is about, to write the change it leads to."""
    return AcceptPage(request, templates, viewer, ulid).first(session, query.part, query.back)


@router.post("/comments/{ulid}/accept")
def accept_comment(
    ulid: str,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[AcceptForm, Form()],
) -> Response:
    """Accept a comment and write my change into my draft; if that fails, show what I wrote again."""
    page = AcceptPage(request, templates, viewer, ulid)
    if form.asks_for_block:
        with database.reading() as session:
            return page.other_block(session, form)
    try:
        with database.writing() as session:
            acceptance = accept(session, ulid, viewer, form.edit())
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return page.failure(session, form, error)
    live.publish(topic_of(acceptance.workspace.proposal.slug), "comments")
    return see_other("/inbox?answered=1&state=accepted" if form.back == "inbox" else f"/comments/{ulid}")


@router.post("/inbox")
def answer_many(
    request: Request,
    viewer: Manager,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[AnswerManyForm, Form()],
) -> Response:
    """Answer one or more comments at once; each author gets the answer."""
    answer = resolution.prepare_answer(form.state, form.text, postponed_until=form.postponed_until)
    is_accepted = answer.state == CommentState.accepted
    with database.reading() as session:
        check_owner(session, viewer, document_queries.redesigns_of_comments(session, form.ulid))
        if is_accepted:
            preview(session, form.ulid, viewer)
    with database.writing() as session:
        plans = apply_all(session, form.ulid, viewer) if is_accepted else {}
        comments = resolution.resolve_many(session, form.ulid, answer, viewer.id, plans)
        slugs = {document_queries.slug_of(session, comment.proposal_id) for comment in comments}
        session.commit()
    for slug in slugs:
        live.publish(topic_of(slug), "comments")
    inbox_filter = InboxFilter(proposal=form.proposal, kind=form.kind)
    if not is_fragment(request):
        return see_other(inbox_filter.url(answered=len(comments), state=form.state))
    with database.reading() as session:
        remaining = discussion_queries.still_open(session, set(form.of) - set(form.ulid))
        due_before = answer_promise(session).due_before(now())
    view = {
        "answered": comments,
        "state": answer.state,
        "groups": [SimilarComments(tuple(remaining))] if remaining else [],
        "due_before": due_before,
        "filter": inbox_filter,
    }
    return templates.page(request, "pages/_answered.html", view)
