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

from server.app import create_app
from server.cli.database import fail, load_settings, open_database
from server.jobs.queue import prepare
from server.live.broker import Broker
from server.people import queries as people_queries
from server.publishing.reindex import rebuild
from server.seeding.sample import SIGN_IN_AS, load_sample
from server.settings import DEMO_SECRET, Settings, SettingsError
from server.web.assets import MissingAssetError
from server.web.templating import Templates
from server.worker import start_worker

_GRACE_SECONDS = 3
"""Open streams would keep the server from stopping; browsers connect again by themselves."""


def demo(
    port: Annotated[int, typer.Option(help="the port to listen on")] = 8000,
    *,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="stop after loading the sample company")] = True,
) -> None:
    """Start Townhall with its sample company in this folder's townhall.db."""
    found = load_settings(
        environment="demo", port=port, public_url=f"http://127.0.0.1:{port}", secret_key=DEMO_SECRET, host="127.0.0.1"
    )
    _refuse_taken(found)
    with open_database(found) as data:
        with data.reading() as session:
            company = people_queries.company(session)
        if company and not company.is_sample:
            fail(f"{found.database_url} belongs to {company.name}; a demo lets anyone in, so it wants an empty folder.")
        if company is None:
            began = time.monotonic()
            print("Loading the sample company …", flush=True)
            with data.writing() as session:
                load_sample(session)
                session.commit()
            print(f"Loaded in {time.monotonic() - began:.1f} s.", flush=True)
    print(f"\nTownhall is at {found.origin}\nSign in there by one click, for example as:", flush=True)
    for name, why in SIGN_IN_AS:
        print(f"  {name:<14} {why}")
    print("Stop it with Ctrl-C.\n", flush=True)
    if serve_it:
        _run(found, create_app(found))


def serve() -> None:
    """Serve Townhall with the settings of the environment."""
    found = load_settings()
    try:
        found.refuse_unfit()
        application = create_app(found)
    except (SettingsError, MissingAssetError) as error:
        fail(str(error), 2)
    with open_database(found) as data:  # a database that does not answer is said now, in one sentence
        try:
            prepare(data)
        except SettingsError as error:
            fail(str(error), 2)
    _run(found, application)


def work() -> None:
    """Do what Townhall does in the background, beside the processes that serve; as many of these as you like."""
    found = load_settings()
    if found.uses_sqlite:
        fail("a SQLite database is worked on by the process that serves it; `townhall work` needs PostgreSQL.", 2)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with open_database(found) as data:
        try:
            found.refuse_unfit()
            prepare(data)
            queue = start_worker(found, data, Templates(found), Broker(data.engine).publish, run_worker=True)
        except SettingsError as error:
            fail(str(error), 2)
        queue.start()
        print("Working; stop it with Ctrl-C.", flush=True)
        ending.wait()
        queue.stop()
    os._exit(0)  # a task that has not ended by now is cut off: it will be done again


def _refuse_taken(found: Settings) -> None:
    """End the command when something else listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((found.host, found.port))
        except OSError:
            fail(f"something else listens on port {found.port} already; choose another one with --port.", 2)


def _run(found: Settings, application: FastAPI) -> None:
    options = {
        "host": found.host,
        "port": found.port,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "log_level": "warning",
        "proxy_headers": True,
        "server_header": False,
    }
    if found.workers > 1:
        os.environ.setdefault("TOWNHALL_WORKERS", str(found.workers))
        uvicorn.run("server.main:app", workers=found.workers, **options)  # type: ignore[arg-type]
    else:
        uvicorn.run(application, **options)  # type: ignore[arg-type]


def migrate() -> None:
    """Bring the database to the newest shape."""
    with open_database():
        print("The database is up to date.")


def reindex() -> None:
    """Make the index of the search anew, as after a database was put together from pieces."""
    with open_database() as data:
        print(f"Everything can be found again: {rebuild(data):,} entries.")
