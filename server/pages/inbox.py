"""The inbox: what waits for an answer, alike ones together, and for everybody else what became of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from server.acceptance import suggestions
from server.db.columns import now
from server.discussion import anonymous, resolution
from server.discussion import queries as discussion_queries
from server.discussion.forms import AnswerManyForm
from server.discussion.models import COMMENT_KINDS, CommentState
from server.discussion.queries import InboxItem
from server.documents import queries as document_queries
from server.live.broker import Broker
from server.people.access import CurrentPerson, Manager
from server.text.similarity import group_similar
from server.web.dependencies import DatabaseDep, Number, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import is_fragment, see_other

router = APIRouter()


class InboxFilter(BaseModel):
    """Which of the open comments are shown: of one proposal, of one kind, after one that has been shown.

    `answered` is how many have just been answered.
    """

    proposal: str = Field(default="", max_length=80)
    kind: str = Field(default="", max_length=10)
    after: Number = 0
    answered: Number = 0

    def address(self, **changed: object) -> str:
        """Return the address of the inbox sifted like this, with something changed."""
        stated = {name: value for name, value in (self.model_dump() | changed).items() if value}
        return f"/inbox?{urlencode(stated)}" if stated else "/inbox"


@dataclass(frozen=True, slots=True)
class SimilarComments:
    """Open comments that are alike: they can be answered at once."""

    waiting: Sequence[InboxItem]

    @property
    def first(self) -> InboxItem:
        """The oldest of them."""
        return self.waiting[0]


def group_comments(waiting: Sequence[InboxItem]) -> list[SimilarComments]:
    """Put alike comments of one proposal together: on the same words or term, or saying nearly the same."""
    texts = [Markup(one.comment.html).striptags() for one in waiting]  # noqa: S704 - read only
    marks = [
        (one.slug, one.comment.letter, one.comment.term, one.comment.quote, one.comment.suggestion)
        if one.comment.quote
        else None
        for one in waiting
    ]
    found = []
    for places in group_similar(texts, marks):
        by_subject: dict[tuple[str, str, str | None], list[InboxItem]] = {}  # other wishes want other answers
        for place in places:
            one = waiting[place]
            by_subject.setdefault((one.slug, one.comment.letter, one.comment.suggestion), []).append(one)
        found += [SimilarComments(tuple(pile)) for pile in by_subject.values()]
    return sorted(found, key=lambda pile: pile.first.comment.id)


@router.get("/inbox")
def show_inbox(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    pages: TemplatesDep,
    config: SettingsDep,
    sieve: Annotated[InboxFilter, Query()],
) -> HTMLResponse:
    """Show a manager what waits, and everybody else what became of their own comments."""
    if not viewer.is_manager:
        own = discussion_queries.own_threads(session, viewer.id, sieve.after or None)
        unnamed, held = anonymous.own(session, config.secret, viewer.id, now() - anonymous.SHOWN_FOR)
        more = own[-1].comment.id if len(own) == discussion_queries.PAGE_SIZE else None
        return pages.page(
            request,
            "pages/own_threads.html",
            {"own": own, "more": more, "sieve": sieve, "unnamed": unnamed, "held": held},
        )
    found = discussion_queries.inbox(session, sieve.proposal, sieve.kind, sieve.after)
    present = now()
    view = {
        "piles": group_comments(found),
        "sieve": sieve,
        "listed": document_queries.published(session),
        "kinds": COMMENT_KINDS,
        "promised_by": discussion_queries.due_before(present),
        "late": discussion_queries.overdue(session, present),
        "days": discussion_queries.ANSWER_DAYS,
        "stands": document_queries.responsible_manager(session),
        "more": found[-1].comment.id if len(found) == discussion_queries.PAGE_SIZE else None,
    }
    return pages.page(request, "pages/inbox.html", view)


@router.post("/inbox")
def answer_many(
    request: Request, viewer: Manager, data: DatabaseDep, pages: TemplatesDep, form: Annotated[AnswerManyForm, Form()]
) -> Response:
    """Answer one or several comments at once; each of their authors gets the answer."""
    if form.state == "postponed":
        resolution.check_day(form.postponed_until, now().date())
    given = resolution.prepare_answer(form.state, form.text, postponed_until=form.postponed_until)
    if given.state == CommentState.accepted:
        with data.reading() as session:
            suggestions.preview(session, form.ulid, viewer)
    with data.writing() as session:
        plans = suggestions.apply_all(session, form.ulid, viewer) if given.state == CommentState.accepted else {}
        answered = resolution.resolve_many(session, form.ulid, given, viewer.id, plans)
        slugs = {document_queries.slug_of(session, comment.proposal_id) for comment in answered}
        session.commit()
    broker: Broker = request.app.state.broker
    for slug in slugs:
        broker.publish(f"proposal-{slug}", "comments")
    if is_fragment(request):
        with data.reading() as session:
            left = discussion_queries.still_open(session, set(form.of) - set(form.ulid))
        view = {
            "answered": answered,
            "piles": [SimilarComments(tuple(left))] if left else [],
            "promised_by": discussion_queries.due_before(now()),
            "sieve": InboxFilter(proposal=form.proposal, kind=form.kind),
        }
        return pages.page(request, "pages/_answered.html", view)
    return see_other(InboxFilter(proposal=form.proposal, kind=form.kind, answered=len(answered)).address())
