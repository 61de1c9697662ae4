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
from server.discussion.forms import TogetherForm
from server.discussion.models import KINDS, State
from server.discussion.queries import Waiting
from server.documents import queries as document_queries
from server.live.broker import Broker
from server.people.access import CurrentPerson, Manager
from server.text.similarity import groups
from server.web.dependencies import Config, Data, Number, Pages, Reading
from server.web.responses import is_fragment, see_other

router = APIRouter()


class Sieve(BaseModel):
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
class Pile:
    """Open comments that are alike: they can be answered at once."""

    waiting: Sequence[Waiting]

    @property
    def first(self) -> Waiting:
        """The oldest of them."""
        return self.waiting[0]


def piles_of(waiting: Sequence[Waiting]) -> list[Pile]:
    """Put alike comments of one proposal together: on the same words or term, or saying nearly the same."""
    texts = [Markup(one.said.html).striptags() for one in waiting]  # noqa: S704 - read only
    marks = [
        (one.slug, one.said.letter, one.said.term, one.said.quote, one.said.wanted) if one.said.quote else None
        for one in waiting
    ]
    found = []
    for places in groups(texts, marks):
        by_subject: dict[tuple[str, str, str | None], list[Waiting]] = {}  # other wishes want other answers
        for place in places:
            one = waiting[place]
            by_subject.setdefault((one.slug, one.said.letter, one.said.wanted), []).append(one)
        found += [Pile(tuple(pile)) for pile in by_subject.values()]
    return sorted(found, key=lambda pile: pile.first.said.id)


@router.get("/inbox")
def inbox(
    request: Request,
    viewer: CurrentPerson,
    session: Reading,
    pages: Pages,
    config: Config,
    sieve: Annotated[Sieve, Query()],
) -> HTMLResponse:
    """Show a manager what waits, and everybody else what became of their own comments."""
    if not viewer.is_manager:
        own = discussion_queries.own_threads(session, viewer.id, sieve.after or None)
        unnamed, held = anonymous.own(session, config.secret, viewer.id, now() - anonymous.SHOWN_FOR)
        more = own[-1].said.id if len(own) == discussion_queries.PAGE_SIZE else None
        return pages.page(
            request,
            "pages/own_threads.html",
            {"own": own, "more": more, "sieve": sieve, "unnamed": unnamed, "held": held},
        )
    found = discussion_queries.inbox(session, sieve.proposal, sieve.kind, sieve.after)
    present = now()
    view = {
        "piles": piles_of(found),
        "sieve": sieve,
        "listed": document_queries.published(session),
        "kinds": KINDS,
        "promised_by": discussion_queries.promised_by(present),
        "late": discussion_queries.late(session, present),
        "days": discussion_queries.PROMISED_DAYS,
        "stands": document_queries.answerable(session),
        "more": found[-1].said.id if len(found) == discussion_queries.PAGE_SIZE else None,
    }
    return pages.page(request, "pages/inbox.html", view)


@router.post("/inbox")
def answer_together(
    request: Request, viewer: Manager, data: Data, pages: Pages, form: Annotated[TogetherForm, Form()]
) -> Response:
    """Answer one or several comments at once; each of their authors gets the answer."""
    if form.state == "parked":
        resolution.check_day(form.parked_until, now().date())
    given = resolution.prepare_answer(form.state, form.text, parked_until=form.parked_until)
    if given.state == State.accepted:
        with data.reading() as session:
            suggestions.look(session, form.ulid, viewer)
    with data.writing() as session:
        plans = suggestions.put_in(session, form.ulid, viewer) if given.state == State.accepted else {}
        answered = resolution.answer_together(session, form.ulid, given, viewer.id, plans)
        slugs = {document_queries.slug_of(session, comment.proposal_id) for comment in answered}
        session.commit()
    broker: Broker = request.app.state.broker
    for slug in slugs:
        broker.tell(f"proposal-{slug}", "comments")
    if is_fragment(request):
        with data.reading() as session:
            left = discussion_queries.still_open(session, set(form.of) - set(form.ulid))
        view = {
            "answered": answered,
            "piles": [Pile(tuple(left))] if left else [],
            "promised_by": discussion_queries.promised_by(now()),
            "sieve": Sieve(proposal=form.proposal, kind=form.kind),
        }
        return pages.page(request, "pages/_answered.html", view)
    return see_other(Sieve(proposal=form.proposal, kind=form.kind, answered=len(answered)).address())
