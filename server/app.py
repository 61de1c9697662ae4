"""Builds the application: settings, database, routes and middleware."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from server.acceptance import routes as acceptance
from server.accounts.routes import account, sign_in
from server.accounts.routes import passwords as account_passwords
from server.administration.routes import audit, customers, deals, overview, products
from server.administration.routes import people as administration_people
from server.administration.routes import person as administration_person
from server.administration.routes import settings as company_settings
from server.api import routes as api
from server.archives import routes as archives
from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.discussion import routes as discussion
from server.documents.routes import address as document_address
from server.documents.routes import events as document_events
from server.editor.routes import candidates as editor_candidates
from server.editor.routes import drafts as editor_drafts
from server.editor.routes import merge as editor_merge
from server.editor.routes import review as editor_review
from server.exports import routes as exports
from server.help import routes as help_pages
from server.impact import routes as impact
from server.imports.files.tables import MAX_BYTES
from server.imports.routes import runs as import_runs
from server.imports.routes import uploads as imports
from server.live.broker import Broker
from server.notifications import routes as notifications
from server.pages import (
    anchor_panel,
    changes,
    compare,
    draft_preview,
    history,
    home,
    inbox,
    ledger,
    proposal,
    search,
    wiki_page,
)
from server.pages.redirects import redirect_target
from server.people import routes as people
from server.people import service as people_service
from server.plan_editor import routes as plan_editor
from server.publishing.routes import audience as redesign_audience
from server.publishing.routes import stages as redesign_stages
from server.publishing.routes import withdrawal as version_withdrawal
from server.settings import Settings
from server.simulator import routes as simulator
from server.town_halls import routes as town_halls
from server.variants import routes as variants
from server.voting import routes as voting
from server.web import error_pages
from server.web.assets import Assets, asset_url
from server.web.request_log import RequestLog
from server.web.same_origin import SameOriginCheck
from server.web.security_headers import SecurityHeaders
from server.web.templating import Templates
from server.worker import start_worker

log = logging.getLogger("townhall")
MAX_FORM_BYTES = 1024 * 1024
ROUTERS = (
    home,
    inbox,
    ledger,
    search,
    document_events,
    sign_in,
    account_passwords,
    account,
    people,
    administration_people,
    administration_person,
    deals,
    customers,
    products,
    company_settings,
    overview,
    audit,
    plan_editor,
    help_pages,
    notifications,
    import_runs,
    imports,
    exports,
    api,
    archives,
    document_address,
    editor_drafts,
    editor_merge,
    editor_review,
    editor_candidates,
    acceptance,
    redesign_stages,
    redesign_audience,
    version_withdrawal,
    draft_preview,
    history,
    changes,
    compare,
    anchor_panel,
    wiki_page,
    impact,
    variants,
    proposal,
    simulator,
    town_halls,
    voting,
    discussion,
)
"""The order matters: `/proposals/new` comes before `/proposals/{slug}`, and likewise for pages."""
READ_ROUTES = (
    *proposal.READ_ROUTES,
    *wiki_page.READ_ROUTES,
    *history.READ_ROUTES,
    *simulator.READ_ROUTES,
)
"""The most requested pages, matched first."""
_UPLOADS = frozenset({"/imports", "/archives", "/bundles"})
"""`/bundles` is the former name of `/archives`."""


class BodyLimits:
    """Limits request bodies: large on the upload pages, small elsewhere; bytes are counted as they arrive."""

    def __init__(self, app: ASGIApp) -> None:
        self._upload_limit = RequestBodyLimitMiddleware(app, max_body_size=MAX_BYTES + MAX_FORM_BYTES)
        self._form_limit = RequestBodyLimitMiddleware(app, max_body_size=MAX_FORM_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Apply the limit of the path."""
        limit = self._upload_limit if scope.get("path") in _UPLOADS else self._form_limit
        await limit(scope, receive, send)


def create_app(settings: Settings, *, migrate: bool = True) -> FastAPI:
    """Return the application for these settings; its database is migrated when it starts."""
    settings.refuse_unfit()
    engine = open_engine(settings)
    broker = Broker(engine)
    database = Database(engine)
    templates = Templates(settings)
    queue = start_worker(settings, database, templates, broker.publish)
    asset_url("site.js")  # fail now if it is missing, not at the first request

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if migrate:
            upgrade(engine)
            with database.writing() as session:
                people_service.adopt_time_zone(session, settings.time_zone)
                session.commit()
        await broker.start()
        await run_in_threadpool(queue.start)
        tune_garbage_collection()
        log.info("ready")
        yield
        await run_in_threadpool(queue.stop)
        await broker.stop()
        engine.dispose()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.settings = settings
    app.state.engine = engine
    app.state.database = database
    app.state.queue = queue
    app.state.broker = broker
    app.state.templates = templates
    app.router.routes.extend(READ_ROUTES)
    for module in ROUTERS:
        app.router.routes.extend(
            module.router.routes
        )  # flat, because a nested router is matched twice for every request
    app.mount("/static", Assets())
    error_pages.install(app, redirect_target)
    app.add_middleware(error_pages.ServerErrorPage)
    app.add_middleware(BodyLimits)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    origins, hosts = origins_and_hosts(settings)
    app.add_middleware(SameOriginCheck, origins=origins, hosts=hosts, page=templates.wrong_address)
    app.add_middleware(SecurityHeaders, secure=settings.is_secure)
    if settings.log_requests:
        app.add_middleware(RequestLog)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return app


def tune_garbage_collection() -> None:
    """Collect garbage rarely, and never in imported modules, which are never freed and slow each collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def origins_and_hosts(settings: Settings) -> tuple[list[str], set[str]]:
    """Return the origins forms may come from, the public one first, and the hosts to serve.

    A loopback address has two names.
    """
    origins, hosts = [settings.origin], {settings.host_name}
    if settings.host_name in {"127.0.0.1", "localhost"}:
        for name in ("127.0.0.1", "localhost"):
            origins.append(settings.origin.replace(settings.host_name, name))
            hosts.add(name)
    return origins, hosts
