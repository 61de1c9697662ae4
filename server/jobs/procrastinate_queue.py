"""The queue on PostgreSQL: procrastinate, with any number of processes that ask and any number that work.

Its tables stand in a schema of their own that belongs to one version of procrastinate. Nothing in them is worth
keeping, so a schema of another version is thrown away instead of migrated.
"""

import asyncio
import contextlib
import logging
import threading
from datetime import datetime
from importlib.metadata import version
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, AppNotOpen, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from server.jobs.tasks import Registry, TaskName
from server.settings import SettingsError

log = logging.getLogger("townhall")
SCHEMA = "townhall_queue"
_JOBS = f"{SCHEMA}.procrastinate_jobs"
_EVERY_MINUTE = "* * * * *"
_LOCK = 8_241_973
"""Of several processes that start at once one makes the schema."""
_CONNECT_SECONDS, _GRACE_SECONDS, _AGAIN_SECONDS = 5, 8, 2
_HASTE = 1000
"""Milliseconds that asking for a task may take."""


def ensure_schema(engine: Engine) -> None:
    """Make the tables of the queue as the installed procrastinate wants them, unless they are so already.

    Raises SettingsError where the database's user may not.
    """
    try:
        _ensure(engine)
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        raise SettingsError(
            f"The database's user may not create the schema {SCHEMA}. Let whoever owns the database run: "
            f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "{engine.url.username}";'
        ) from None


def _ensure(engine: Engine) -> None:
    wanted = version("procrastinate")
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = connection.execute(
            text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name"),
            {"name": SCHEMA},
        ).scalar()
        if found == wanted and connection.execute(text("SELECT to_regclass(:table)"), {"table": _JOBS}).scalar():
            return
        if connection.execute(text("SELECT to_regclass(:table)"), {"table": _JOBS}).scalar():
            connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")
        if not connection.execute(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}).scalar():
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")  # an empty one that was made for us will do
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        # The driver itself sends it, because several statements at once take no parameters.
        connection.connection.cursor().execute(SchemaManager.get_schema())
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{wanted}'")


class ProcrastinateQueue:
    """Wishes in PostgreSQL, done by whichever process is free."""

    def __init__(self, engine: Engine, chores: Registry, *, works: bool) -> None:
        self._engine, self._chores, self._works = engine, chores, works
        pool: dict[str, Any] = {
            "conninfo": engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            "min_size": 1,
            "max_size": 3,
            "timeout": _CONNECT_SECONDS,
        }
        options = f"-c search_path={SCHEMA}"
        told = {"options": options, "connect_timeout": _CONNECT_SECONDS}
        # Whoever wrote something waits for its answer meanwhile: a queue that is slow is not waited for.
        hasty = told | {"options": f"{options} -c statement_timeout={_HASTE} -c lock_timeout={_HASTE}"}
        self._asking = App(connector=SyncPsycopgConnector(**pool, kwargs=hasty))
        self._working = App(connector=PsycopgConnector(**pool, kwargs=told))
        for name in chores.names:
            self._register(name)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._ending = threading.Event()
        self._ending.set()
        for noisy in ("procrastinate", "psycopg.pool"):  # both tell a lost connection with all its details
            logging.getLogger(noisy).setLevel(logging.CRITICAL)

    def _register(self, name: TaskName) -> None:
        def do(timestamp: int | None = None) -> None:
            del timestamp
            self._chores.do(name)

        self._working.periodic(cron=_EVERY_MINUTE, queueing_lock=name)(self._working.task(name=name)(do))

    def start(self) -> None:
        """Make the tables, open the connections and, where this process works, begin with everything that is due."""
        ensure_schema(self._engine)
        self._asking.open()
        self._ending.clear()
        self._chores.begin()
        if self._works:
            self._thread = threading.Thread(target=self._work, name="townhall-work", daemon=True)
            self._thread.start()
        for name in self._chores.names:
            self.put(name, None)

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Ask for a task; one that waits already is not asked for twice."""
        if self._ending.is_set() or task not in self._chores.names:
            return
        lock = f"{task} {at.isoformat()}" if at else task
        try:
            self._asking.configure_task(task, queueing_lock=lock, schedule_at=at).defer()
        except AlreadyEnqueued:
            pass
        except (ConnectorException, AppNotOpen) as error:
            log.warning("the queue does not answer: %s; the next sweep does what is due", type(error).__name__)

    def stop(self) -> None:
        """Stop working after what is being done, and close the connections."""
        self._ending.set()
        self._chores.end()
        if self._thread is not None:
            if self._loop is not None and self._worker is not None:
                with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                    self._loop.call_soon_threadsafe(self._worker.cancel)
            self._thread.join(timeout=_GRACE_SECONDS + _AGAIN_SECONDS)
            self._thread = None
        self._asking.close()

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                asyncio.run(self._until_stopped())
            except asyncio.CancelledError:
                return
            except Exception as error:  # noqa: BLE001 - the database is away, or was: what is due waits in it
                log.warning("the queue does not answer: %s; trying again", type(error).__name__)
            self._ending.wait(_AGAIN_SECONDS)

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._worker = asyncio.current_task()
        if self._ending.is_set():
            return
        ensure_schema(self._engine)  # it may have been lost while this process ran
        async with self._working.open_async():
            jobs = self._working.job_manager
            for left in await jobs.get_stalled_jobs():  # of processes that were killed; the sweep does what is due
                await jobs.finish_job(left, Status.FAILED, delete_job=True)
            await self._working.run_worker_async(
                concurrency=2,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=_GRACE_SECONDS,
            )
