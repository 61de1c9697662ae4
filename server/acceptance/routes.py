"""Taking comments up: a suggestion by one press, anything else by writing what it changes."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session

from server.acceptance.service import Acceptance, AcceptanceForm, accept, block_of, open_acceptance
from server.acceptance.suggestions import apply, apply_all, preview, suggested_change
from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.discussion import resolution
from server.discussion.forms import AnswerManyForm
from server.discussion.models import CommentState
from server.discussion.views import InboxFilter, SimilarComments
from server.documents import queries as document_queries
from server.errors import AppError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message
from server.people.access import Manager
from server.people.queries import Viewer
from server.text.blocks import blocks_of
from server.text.markdown import MAX_PAGE
from server.text.source_edit import source_of
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import BaseForm, EmptyForm
from server.web.responses import client_redirect, is_fragment, see_other

router = APIRouter()
KINDS = {
    "heading": message("heading"),
    "paragraph": message("paragraph"),
    "item": message("list entry"),
    "quote": message("quotation"),
    "table": message("table"),
    "code": message("code"),
    "plan": message("candidate"),
    "definition": message("definition"),
    "footnote": message("footnote"),
}
"""What the parts of a page are called."""


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class AcceptForm(BaseForm):
    """What accepting a comment changes: the part, its lines before and after, and an answer.

    `of` is the part that the lines are of; `show` asks for the lines of the chosen one.
    """

    part: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    of: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    show: bool = False
    was: str = Field(default="", max_length=MAX_PAGE)
    source: str = Field(default="", max_length=MAX_PAGE)
    text: str = Field(default="", max_length=60_000)
    seen: str = Field(default="open", max_length=12)
    back: str = Field(default="", max_length=10)

    def written(self) -> AcceptanceForm:
        """Return it with the line ends of a text."""
        was, source = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (self.was, self.source))
        return AcceptanceForm(self.of, was, source, self.text, self.seen)


@router.post("/comments/{ulid}/apply-suggestion")
def apply_suggestion(
    ulid: str,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    live: Live,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Put what a comment suggests into my draft, and go there."""
    with data.reading() as session:
        preview(session, [ulid], viewer)
    with data.writing() as session:
        desk = apply(session, ulid, viewer)
        slug, edit = desk.proposal.slug, desk.edit_url
        session.commit()
    live.publish(topic_of(slug), "comments")
    return client_redirect(request, edit)


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """The page on which a comment is accepted, for a manager."""

    request: Request
    pages: TemplatesDep
    viewer: Viewer
    ulid: str

    def page(self, session: Session, part: int | None, back: str) -> HTMLResponse:
        """Show the part that is asked for, or the one that the comment is about."""
        taking = open_acceptance(session, self.ulid, self.viewer)
        return self._shown(session, taking, _filled(session, taking, part, AcceptForm(back=back)), None)

    def another(self, session: Session, form: AcceptForm) -> HTMLResponse:
        """Show the part that was chosen instead, beside the answer as it was typed."""
        taking = open_acceptance(session, self.ulid, self.viewer)
        return self._shown(session, taking, _filled(session, taking, form.part, form), None)

    def again(self, session: Session, form: AcceptForm, error: AppError) -> HTMLResponse:
        """Show what was written once more, beside the part as it is by now."""
        taking = open_acceptance(session, self.ulid, self.viewer)
        number = form.of if form.of is not None and form.of < len(taking.blocks) else None
        was = taking.source(number) if number is not None else ""
        fresh = form.model_copy(update={"part": number, "was": was, "seen": taking.comment.state})
        return self._shown(session, taking, fresh, error)

    def _shown(self, session: Session, taking: Acceptance, form: AcceptForm, error: AppError | None) -> HTMLResponse:
        view = {
            "taking": taking,
            "form": form,
            "failure": error.sentence if error else None,
            "kinds": KINDS,
            "said": discussion_queries.thread(session, self.ulid),
        }
        return self.pages.page(self.request, "acceptance/accept.html", view, status=error.status if error else 200)


def _filled(session: Session, taking: Acceptance, part: int | None, form: AcceptForm) -> AcceptForm:
    number, source = _proposed(session, taking, part)
    was = taking.source(number) if number is not None else ""
    fresh = {"part": number, "was": was, "source": source, "seen": taking.comment.state}
    return form.model_copy(update=fresh)


def _proposed(session: Session, taking: Acceptance, part: int | None) -> tuple[int | None, str]:
    """Return the part to show, and its lines with what the comment suggests where that can be put in by itself."""
    own = block_of(session, taking)
    number = part if part is not None and part < len(taking.blocks) else own
    if taking.comment.suggestion is not None and number is not None and number == own:
        with suppress(AppError):  # what cannot be put in by itself is shown above the lines
            found = suggested_change(session, taking)
            new = blocks_of(found.markdown)
            is_there = len(new) == len(taking.blocks)
            return found.number, source_of(found.markdown, new[found.number]) if is_there else ""
    return number, taking.source(number) if number is not None else ""


class AcceptQuery(BaseModel):
    """Which part is looked at, and where to go back to."""

    part: Annotated[Number | None, BeforeValidator(_none_if_empty)] = None
    back: str = Field(default="", max_length=10)


@router.get("/comments/{ulid}/accept")
def accept_form(
    ulid: str,
    request: Request,
    viewer: Manager,
    session: ReadSession,
    pages: TemplatesDep,
    chosen: Annotated[AcceptQuery, Query()],
) -> HTMLResponse:
    """Show the part that a comment is about, to write what it changes."""
    return AcceptPage(request, pages, viewer, ulid).page(session, chosen.part, chosen.back)


@router.post("/comments/{ulid}/accept")
def accept_comment(
    ulid: str,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    live: Live,
    form: Annotated[AcceptForm, Form()],
) -> Response:
    """Accept a comment and put what I wrote into my draft; whatever goes wrong, my words come back."""
    if form.show or (form.part != form.of and form.source == form.was):
        with data.reading() as session:
            return AcceptPage(request, pages, viewer, ulid).another(session, form)
    try:
        with data.writing() as session:
            taking = accept(session, ulid, viewer, form.written())
            session.commit()
    except AppError as error:
        with data.reading() as session:
            return AcceptPage(request, pages, viewer, ulid).again(session, form, error)
    live.publish(topic_of(taking.desk.proposal.slug), "comments")
    return see_other("/inbox?answered=1" if form.back == "inbox" else f"/comments/{ulid}")


@router.post("/inbox")
def answer_many(
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    live: Live,
    form: Annotated[AnswerManyForm, Form()],
) -> Response:
    """Answer one or several comments at once; each author gets the answer."""
    if form.state == CommentState.postponed:
        resolution.check_day(form.postponed_until, now().date())
    answer = resolution.prepare_answer(form.state, form.text, postponed_until=form.postponed_until)
    is_accepted = answer.state == CommentState.accepted
    if is_accepted:
        with data.reading() as session:
            preview(session, form.ulid, viewer)
    with data.writing() as session:
        plans = apply_all(session, form.ulid, viewer) if is_accepted else {}
        comments = resolution.resolve_many(session, form.ulid, answer, viewer.id, plans)
        slugs = {document_queries.slug_of(session, comment.proposal_id) for comment in comments}
        session.commit()
    for slug in slugs:
        live.publish(topic_of(slug), "comments")
    inbox_filter = InboxFilter(proposal=form.proposal, kind=form.kind)
    if not is_fragment(request):
        return see_other(inbox_filter.address(answered=len(comments)))
    with data.reading() as session:
        remaining = discussion_queries.still_open(session, set(form.of) - set(form.ulid))
    view = {
        "answered": comments,
        "piles": [SimilarComments(tuple(remaining))] if remaining else [],
        "promised_by": discussion_queries.due_before(now()),
        "sieve": inbox_filter,
    }
    return pages.page(request, "pages/_answered.html", view)
