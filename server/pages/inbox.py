"""The inbox: for managers the open comments, similar ones together; for everyone else the state of their own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.db.columns import now
from server.discussion import anonymous
from server.discussion import queries as discussion_queries
from server.discussion.models import COMMENT_KINDS
from server.discussion.views import InboxFilter, group_comments
from server.documents import queries as document_queries
from server.people.access import CurrentPerson
from server.web.dependencies import ReadSession, SettingsDep, TemplatesDep

router = APIRouter()


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
        "listed": document_queries.published_proposals(session),
        "kinds": COMMENT_KINDS,
        "promised_by": discussion_queries.due_before(present),
        "late": discussion_queries.overdue(session, present),
        "days": discussion_queries.ANSWER_DAYS,
        "stands": document_queries.responsible_managers(session),
        "more": found[-1].comment.id if len(found) == discussion_queries.PAGE_SIZE else None,
    }
    return pages.page(request, "pages/inbox.html", view)
