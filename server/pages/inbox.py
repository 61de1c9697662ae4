"""The inbox: for managers the open comments, similar ones together; for everyone else the state of their own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from server.db.columns import now
from server.discussion import anonymous
from server.discussion import queries as discussion_queries
from server.discussion.models import COMMENT_KINDS
from server.discussion.queries import PAGE_SIZE, InboxItem
from server.discussion.views import InboxFilter, group_comments
from server.documents import queries as document_queries
from server.people.access import CurrentPerson
from server.people.queries import Viewer, answer_promise
from server.web.dependencies import ReadSession, SettingsDep, TemplatesDep

router = APIRouter()


@router.get("/inbox")
def show_inbox(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    inbox_filter: Annotated[InboxFilter, Query()],
) -> HTMLResponse:
    """Show the open comments to a manager, and their own comments to everyone else."""
    if not viewer.is_manager:
        view = _own_threads_view(session, viewer, settings.secret, inbox_filter)
        return templates.page(request, "pages/own_threads.html", view)
    items = discussion_queries.inbox(session, viewer, inbox_filter.proposal, inbox_filter.kind, inbox_filter.after)
    promise = answer_promise(session)
    due_before = promise.due_before(now())
    view = {
        "groups": group_comments(items),
        "filter": inbox_filter,
        "proposals": document_queries.published_proposals(session, viewer),
        "kinds": COMMENT_KINDS,
        "due_before": due_before,
        "open_count": discussion_queries.open_count(session, viewer, inbox_filter.proposal, inbox_filter.kind),
        "overdue_count": discussion_queries.overdue_count(session, viewer, due_before),
        "days": promise.days,
        "responsible": document_queries.responsible_managers(session),
        "more": _next_id(items),
    }
    return templates.page(request, "pages/inbox.html", view)


def _own_threads_view(session: Session, viewer: Viewer, secret: str, inbox_filter: InboxFilter) -> dict[str, object]:
    items = discussion_queries.own_threads(session, viewer, inbox_filter.after or None)
    since = now() - anonymous.SHOWN_FOR
    anonymous_comments, pending_count = anonymous.own_comments(session, secret, viewer.id, since)
    hidden = document_queries.hidden_documents(session, viewer)
    return {
        "items": items,
        "more": _next_id(items),
        "filter": inbox_filter,
        "anonymous_comments": [comment for comment in anonymous_comments if comment.proposal_id not in hidden],
        "pending_count": pending_count,
    }


def _next_id(items: list[InboxItem]) -> int | None:
    """Return the id after which the next page starts, or None if there is none."""
    return items[-1].comment.id if len(items) == PAGE_SIZE else None
