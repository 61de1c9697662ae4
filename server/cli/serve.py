"""`townhall demo`, `serve`, `work`, `migrate` and `reindex`."""

import os
import signal
import socket
import threading
import time
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import make_url

from server import __version__
from server.app import create_app
from server.cli.database import fail, load_settings, open_database
from server.jobs.queue import prepare
from server.live.broker import Broker
from server.operations.checks import Outcome, check_address, check_mail_settings
from server.people import queries as people_queries
from server.publishing.reindex import rebuild
from server.seeding.sample import SIGN_IN_AS, load_sample
from server.settings import DEMO_SECRET, Settings, SettingsError
from server.web.assets import MissingAssetError
from server.web.request_log import log_to_stdout
from server.web.templating import Templates
from server.worker import start_worker

_GRACE_SECONDS = 3
"""How long a stopping server waits for open streams; browsers reconnect on their own."""


def demo(
    port: Annotated[int, typer.Option(help="the port to listen on", min=1, max=65535)] = 8000,
    *,
    run_server: Annotated[
        bool, typer.Option("--serve/--no-serve", help="serve after loading the sample company, or only load it")
    ] = True,
) -> None:
    """Start Townhall with a sample company, stored in townhall.db in this folder."""
    settings = load_settings(
        environment="demo", port=port, public_url=f"http://127.0.0.1:{port}", secret_key=DEMO_SECRET, host="127.0.0.1"
    )
    _check_port(settings)
    application = _application(settings) if run_server else None
    with open_database(settings) as data:
        with data.reading() as session:
            company = people_queries.company(session)
        if company and not company.is_sample:
            fail(
                f"{settings.database_url} belongs to {company.name}."
                " Anyone can sign in to a demo, so start it in an empty folder."
            )
        if company is None:
            started = time.monotonic()
            print("Loading the sample company …", flush=True)
            with data.writing() as session:
                load_sample(session)
                session.commit()
            print(f"Loaded in {time.monotonic() - started:.1f} s.", flush=True)
    print(f"\nTownhall is running at {settings.origin}\nSign in there with one click, for example as:", flush=True)
    for name, description in SIGN_IN_AS:
        print(f"  {name:<14} {description}")
    print("Press Ctrl-C to stop.\n", flush=True)
    if application:
        _run(settings, application)


def _application(settings: Settings) -> FastAPI:
    """Return the application; ends the command with one sentence if it cannot be made."""
    try:
        return create_app(settings)
    except (SettingsError, MissingAssetError) as error:
        fail(str(error), 2)


def serve() -> None:
    """Serve Townhall with the settings from the environment."""
    settings = load_settings()
    try:
        settings.refuse_unfit()
    except SettingsError as error:
        fail(str(error), 2)
    application = _application(settings)
    with open_database(settings) as data:  # report an unreachable database now, in one sentence
        try:
            prepare(data)
        except SettingsError as error:
            fail(str(error), 2)
    _announce(settings)
    _run(settings, application)


def work() -> None:
    """Run Townhall's background tasks; start as many of these processes as you like."""
    settings = load_settings()
    if settings.uses_sqlite:
        fail("`townhall work` needs PostgreSQL; with SQLite, `townhall serve` runs the background tasks.", 2)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_database(settings) as data:
        try:
            settings.refuse_unfit()
            prepare(data)
            queue = start_worker(settings, data, Templates(settings), Broker(data.engine).publish, run_worker=True)
        except SettingsError as error:
            fail(str(error), 2)
        queue.start()
        print("Running background tasks. Press Ctrl-C to stop.", flush=True)
        stop.wait()
        queue.stop()
    os._exit(0)  # a task that is still running is aborted, and done again later


def _check_port(settings: Settings) -> None:
    """Exit if another program is listening on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            fail(f"port {settings.port} is in use by another program; choose a different one with --port.", 2)


def _announce(settings: Settings) -> None:
    """Print where Townhall will be served, from which database, and by how many processes."""
    database = make_url(settings.database_url)
    kind = "SQLite" if settings.uses_sqlite else "PostgreSQL"
    place = database.database if settings.uses_sqlite else f"{database.host or 'local socket'}/{database.database}"
    tasks = "background tasks run here" if settings.run_worker else "background tasks run in `townhall work`"
    print(f"Townhall {__version__} at {settings.origin}, listening on {settings.host}:{settings.port}")
    print(f"  database {kind}, {place}")
    print(f"  {settings.workers} server process{'es' if settings.workers > 1 else ''}; {tasks}")
    for check in (check_address(settings), check_mail_settings(settings)):
        if check.outcome is not Outcome.ok:
            print(f"  {check.outcome}: {check.sentence}")
    print("Starting …", flush=True)


def _run(settings: Settings, application: FastAPI) -> None:
    log_to_stdout()
    options = {
        "host": settings.host,
        "port": settings.port,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "log_level": "warning",
        "proxy_headers": True,
        "server_header": False,
    }
    if settings.workers > 1:
        os.environ.setdefault("TOWNHALL_WORKERS", str(settings.workers))
        uvicorn.run("server.main:app", workers=settings.workers, **options)  # type: ignore[arg-type]
    else:
        uvicorn.run(application, **options)  # type: ignore[arg-type]


def migrate() -> None:
    """Migrate the database to the latest revision."""
    with open_database():
        print("The database is up to date.")


def reindex() -> None:
    """Rebuild the search index, for example after restoring parts of a database."""
    with open_database() as data:
        print(f"The search index was rebuilt: {rebuild(data):,} entries.")
