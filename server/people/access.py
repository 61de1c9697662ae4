"""Who may call a route: rules that stand in a route's parameters, asked before anything else is looked at."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from server.errors import NotFoundError, RefusedRequestError, SignInNeededError
from server.people import queries
from server.people.queries import Viewer
from server.people.service import RECORD_ACTIVITY_EVERY, digest, minutes_ago, record_activity
from server.web.csrf import is_valid
from server.web.dependencies import database_of, settings_of
from server.web.read_routes import ReadRule
from server.web.security_headers import SAFE_METHODS

MAX_FIELDS = 2_000
"""Fields of a form: a large plan has hundreds of values."""
COOKIE = "__Host-townhall"
RULES: dict[Callable[..., Any], str] = {}
"""Every rule and its name; a route without one of them is found by a test."""

Rule = TypeVar("Rule", bound=Callable[..., Coroutine[Any, Any, Any]])


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under a name."""

    def register(function: Rule) -> Rule:
        RULES[function] = name
        return function

    return register


def viewer_of(request: Request) -> Viewer | None:
    """Return who is signed in, asked anew at every request."""
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
        oldest=minutes_ago(days=settings.session_days),
        idle_since=minutes_ago(hours=settings.session_idle_hours),
    )


def signed_in_reader(request: Request, session: Session) -> Viewer:
    """Do what `signed_in` does for a request that only reads, in a thread that has a session; raises the same."""
    token = request.cookies.get(COOKIE)
    viewer = _viewer(request, session, token) if token else None
    request.state.viewer = viewer
    if viewer is None:
        raise SignInNeededError
    if _is_long_ago(viewer):
        session.rollback()  # nobody keeps one connection while asking for another
        _record_activity(request, viewer)
    return viewer


def _is_long_ago(viewer: Viewer) -> bool:
    return viewer.seen_at < minutes_ago(seconds=RECORD_ACTIVITY_EVERY.total_seconds())


@rule("anyone")
async def anyone(request: Request) -> Viewer | None:
    """Let everybody in, and say who it is if they are signed in."""
    viewer: Viewer | None = await run_in_threadpool(viewer_of, request)
    request.state.viewer = viewer
    if viewer and _is_long_ago(viewer):
        await run_in_threadpool(_record_activity, request, viewer)
    return viewer


def _record_activity(request: Request, viewer: Viewer) -> None:
    """Keep the session of somebody who is at work from falling idle; written every few minutes only."""
    with database_of(request).writing() as session:
        record_activity(session, viewer.session_id)
        session.commit()


@rule("signed in")
async def signed_in(request: Request) -> Viewer:
    """Let signed-in people in; a request that changes something must carry a token of one of our pages."""
    viewer = await anyone(request)
    if viewer is None:
        raise SignInNeededError
    if request.method not in SAFE_METHODS:
        await _check_token(request, viewer)
    return viewer


async def _check_token(request: Request, viewer: Viewer) -> None:
    token = request.headers.get("x-csrf-token")
    if token is None:
        found = (await request.form(max_fields=MAX_FIELDS)).get("csrf")
        token = found if isinstance(found, str) else ""
    if not is_valid(token, settings_of(request).secret, viewer.token_hash):
        raise RefusedRequestError


def paid_reader(request: Request, session: Session) -> Viewer:
    """Do what `rep` does for a request that only reads; raises the same."""
    return paid_viewer(signed_in_reader(request, session))


@rule("rep")
async def rep(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Let reps in."""
    return paid_viewer(viewer)


def paid_viewer(viewer: Viewer) -> Viewer:
    """Return whoever has deals of their own; raises NotFoundError for everybody else."""
    if not viewer.is_paid:
        raise NotFoundError
    return viewer


@rule("manager")
async def manager(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Let those in who publish and answer."""
    if not viewer.is_manager:
        raise NotFoundError
    return viewer


@rule("overseer")
async def impact_viewer(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Let those in who see aggregates: managers, executives, admins."""
    if not viewer.sees_impact:
        raise NotFoundError
    return viewer


@rule("admin")
async def admin(viewer: Annotated[Viewer, Depends(signed_in)]) -> Viewer:
    """Let admins in."""
    if not viewer.is_admin:
        raise NotFoundError
    return viewer


@rule("demo")
async def demo(request: Request) -> None:
    """Let anyone in, on a demo only."""
    await anyone(request)
    if not settings_of(request).is_demo:
        raise NotFoundError


Anyone = Annotated[Viewer | None, Depends(anyone)]
CurrentPerson = Annotated[Viewer, Depends(signed_in)]
PaidViewer = Annotated[Viewer, Depends(rep)]
Manager = Annotated[Viewer, Depends(manager)]
ImpactViewer = Annotated[Viewer, Depends(impact_viewer)]
Admin = Annotated[Viewer, Depends(admin)]
DemoOnly = Annotated[None, Depends(demo)]

SIGNED_IN_READER = ReadRule(signed_in, signed_in_reader)
PAID_READER = ReadRule(rep, paid_reader)
