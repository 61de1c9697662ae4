"""Puts the application together: settings, database, rooms, guards."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from server.acceptance.routes import router as acceptance
from server.api.routes import router as api
from server.archives.routes import router as archives
from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.discussion.routes import router as discussion
from server.documents.routes.address import router as document_address
from server.documents.routes.events import router as live
from server.editor.routes.candidates import router as editor_candidates
from server.editor.routes.drafts import router as editor_drafts
from server.editor.routes.review import router as editor_review
from server.impact.routes import router as impact
from server.imports.csv_reader import LARGEST
from server.imports.routes import router as imports
from server.live.broker import Broker
from server.notifications.routes import router as notifications
from server.pages.anchor_panel import router as on
from server.pages.changes import router as changes
from server.pages.compare import router as compare
from server.pages.draft_preview import router as rehearsal
from server.pages.history import direct as histories
from server.pages.history import router as history
from server.pages.home import router as home
from server.pages.inbox import router as inbox
from server.pages.ledger import router as ledger
from server.pages.proposal import direct as proposal_pages
from server.pages.proposal import router as proposal
from server.pages.redirects import elsewhere
from server.pages.search import router as search
from server.pages.wiki_page import direct as pages_beside
from server.pages.wiki_page import router as beside
from server.people.routes import router as people
from server.publishing.routes import router as stages
from server.settings import Settings
from server.simulator.routes import direct as simulators
from server.simulator.routes import router as simulator
from server.town_halls.routes import router as townhall
from server.variants.routes import router as variants
from server.voting.routes import router as voting
from server.web import error_pages
from server.web.assets import Assets, address
from server.web.security_headers import Guard
from server.web.templating import Templates
from server.worker import open_work

LARGEST_FORM = 1024 * 1024
ROUTERS = (
    home,
    inbox,
    ledger,
    search,
    live,
    people,
    notifications,
    imports,
    api,
    archives,
    document_address,
    editor_drafts,
    editor_review,
    editor_candidates,
    acceptance,
    stages,
    rehearsal,
    history,
    changes,
    compare,
    on,
    beside,
    impact,
    variants,
    proposal,
    simulator,
    townhall,
    voting,
    discussion,
)
"""In this order: `/proposals/new` must be asked before what begins with `/proposals/{slug}`, and so for pages."""
DIRECT = (*proposal_pages, *pages_beside, *histories, *simulators)
"""Asked for most, and so looked at first."""


_UPLOADS = frozenset({"/imports", "/bundles"})


class BodyLimits:
    """Lets files into the upload page and ordinary forms everywhere else; bytes are counted as they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._files = RequestBodyLimitMiddleware(app, max_body_size=LARGEST + LARGEST_FORM)
        self._forms = RequestBodyLimitMiddleware(app, max_body_size=LARGEST_FORM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the limit by the path."""
        limited = self._files if scope.get("path") in _UPLOADS else self._forms
        await limited(scope, receive, send)


def create_app(settings: Settings, *, migrate: bool = True) -> FastAPI:
    """Return the application for these settings; its database is brought up to date when it starts."""
    settings.refuse_unfit()
    engine = open_engine(settings)
    broker = Broker(engine)
    database = Database(engine)
    templates = Templates(settings)
    queue = open_work(settings, database, templates, broker.tell)
    address("site.js")  # without it every page would be half a page: fail now, with a sentence

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if migrate:
            upgrade(engine)
        await broker.start()
        await run_in_threadpool(queue.start)
        collect_rarely()
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
    app.router.routes.extend(DIRECT)
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # as they are: a router inside is asked twice for every request
    app.mount("/static", Assets())
    error_pages.install(app, elsewhere)
    app.add_middleware(error_pages.Rescue)
    app.add_middleware(BodyLimits)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    origins, hosts = addresses(settings)
    app.add_middleware(Guard, origins=origins, hosts=hosts, secure=settings.is_secure)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return app


def collect_rarely() -> None:
    """Let the collector look rarely, and never at what was imported: that lives for good, and each look costs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def addresses(settings: Settings) -> tuple[set[str], set[str]]:
    """Return the origins forms may come from and the hosts that are served; a loopback address has two names."""
    origins, hosts = {settings.origin}, {settings.host_name}
    if settings.host_name in {"127.0.0.1", "localhost"}:
        for name in ("127.0.0.1", "localhost"):
            origins.add(settings.origin.replace(settings.host_name, name))
            hosts.add(name)
    return origins, hosts
