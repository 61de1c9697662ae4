"""Access rules: dependencies in a route's parameters that decide who may call it, checked before all else."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from server.errors import NotFoundError, RefusedRequestError, SecondFactorNeededError, SignInNeededError
from server.people import queries
from server.people.queries import Viewer
from server.people.service import RECORD_ACTIVITY_EVERY, digest, record_activity, time_ago
from server.web.csrf import is_valid
from server.web.dependencies import database_of, settings_of
from server.web.forms import MAX_FIELDS
from server.web.same_origin import SAFE_METHODS

COOKIE = "__Host-townhall"
_WITHOUT_SECOND_FACTOR = (
    SecondFactorNeededError.url,
    "/sign-out",
    "/sign-in",
    "/invitations",
    "/password",
    "/unsubscribe",
    "/health",
    "/demo",
)
"""Paths that an admin may open who has yet to set up a second factor."""
RULES: dict[Callable[..., Any], str] = {}
"""Every rule and its name; a test checks that each route has one."""

Rule = TypeVar("Rule", bound=Callable[..., Coroutine[Any, Any, Any]])


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register an access rule under a name."""

    def register(function: Rule) -> Rule:
        RULES[function] = name
        return function

    return register


def viewer_of(request: Request) -> Viewer | None:
    """Return the signed-in person or None, looked up at every request."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with database_of(request).reading() as session:
        return _viewer(request, session, token)


def _viewer(request: Request, session: Session, token: str) -> Viewer | None:
    settings = settings_of(request)
    return queries.viewer_by_token(
        session,
        digest(token),
        oldest=time_ago(days=settings.session_days),
        idle_since=time_ago(hours=settings.session_idle_hours),
    )


def signed_in_reader(request: Request, session: Session) -> Viewer:
    """Do what `signed_in` does for a request that only reads, in a thread with an open session."""
    token = request.cookies.get(COOKIE)
    viewer = _viewer(request, session, token) if token else None
    request.state.viewer = viewer
    if viewer is None:
        raise SignInNeededError
    _check_second_factor(request, viewer)
    if _needs_activity_update(viewer):
        session.rollback()  # never hold one connection while waiting for another
        _record_activity(request, viewer)
    return viewer


def _needs_activity_update(viewer: Viewer) -> bool:
    return viewer.seen_at < time_ago(seconds=RECORD_ACTIVITY_EVERY.total_seconds())


@rule("anyone")
async def anyone(request: Request) -> Viewer | None:
    """Allow everyone; return the person if one is signed in."""
    viewer: Viewer | None = await run_in_threadpool(viewer_of, request)
    request.state.viewer = viewer
    if viewer:
        _check_second_factor(request, viewer)
    if viewer and _needs_activity_update(viewer):
        await run_in_threadpool(_record_activity, request, viewer)
    return viewer


def _record_activity(request: Request, viewer: Viewer) -> None:
    """Keep an active session from expiring as idle; called every few minutes only."""
    with database_of(request).writing() as session:
        record_activity(session, viewer.session_id)
        session.commit()


@rule("signed in")
async def signed_in(request: Request) -> Viewer:
    """Allow signed-in people; a request that changes something needs a valid CSRF token."""
    viewer = await anyone(request)
    if viewer is None:
        raise SignInNeededError
    if request.method not in SAFE_METHODS:
        await _check_token(request, viewer)
    return viewer


def _check_second_factor(request: Request, viewer: Viewer) -> None:
    """Let someone who must set up a second factor do only that."""
    if viewer.lacks_second_factor and not request.url.path.startswith(_WITHOUT_SECOND_FACTOR):
        raise SecondFactorNeededError


async def _check_token(request: Request, viewer: Viewer) -> None:
    token = request.headers.get("x-csrf-token")
    if token is None:
        field = (await request.form(max_fields=MAX_FIELDS)).get("csrf")
        token = field if isinstance(field, str) else ""
    if not is_valid(token, settings_of(request).secret, viewer.token_hash):
        raise RefusedRequestError


def paid_reader(request: Request, session: Session) -> Viewer:
    """Do what `paid` does for a request that only reads; raises the same."""
    return paid_viewer(signed_in_reader(request, session))


@rule("paid")
async def paid(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Allow those whom a plan pays."""
    return paid_viewer(viewer)


def paid_viewer(viewer: Viewer) -> Viewer:
    """Return the viewer if a plan pays them; raises NotFoundError if not."""
    if not viewer.is_paid:
        raise NotFoundError
    return viewer


@rule("voter")
async def voter(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Allow those who vote."""
    if not viewer.can_vote:
        raise NotFoundError
    return viewer


@rule("manager")
async def manager(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Allow those who publish and answer comments."""
    if not viewer.is_manager:
        raise NotFoundError
    return viewer


@rule("impact viewer")
async def impact_viewer(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Allow those who see aggregates: managers, executives and admins."""
    if not viewer.sees_impact:
        raise NotFoundError
    return viewer


@rule("admin")
async def admin(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Allow admins."""
    if not viewer.is_admin:
        raise NotFoundError
    return viewer


@rule("demo")
async def demo(request: Request) -> None:
    """Allow everyone, in a demo only."""
    await anyone(request)
    if not settings_of(request).is_demo:
        raise NotFoundError


Anyone = Annotated[Viewer | None, Depends(anyone)]
CurrentPerson = Annotated[Viewer, Depends(signed_in)]
PaidViewer = Annotated[Viewer, Depends(paid)]
Voter = Annotated[Viewer, Depends(voter)]
Manager = Annotated[Viewer, Depends(manager)]
ImpactViewer = Annotated[Viewer, Depends(impact_viewer)]
Admin = Annotated[Viewer, Depends(admin)]
DemoOnly = Annotated[None, Depends(demo)]
