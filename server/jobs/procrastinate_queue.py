"""The queue on PostgreSQL: procrastinate, with any number of processes that request tasks and that run them.

Its tables live in a schema of their own that belongs to one version of procrastinate. Nothing in them is
worth keeping, so a schema of another version is dropped instead of migrated.
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
from sqlalchemy.exc import OperationalError, ProgrammingError

from server.jobs.tasks import Registry, TaskName
from server.settings import SettingsError

log = logging.getLogger("townhall")
SCHEMA = "townhall_queue"
_JOBS = f"{SCHEMA}.procrastinate_jobs"
_EVERY_MINUTE = "* * * * *"
_LOCK = 8_241_973
"""Advisory lock: of several processes that start at once, one creates the schema."""
_CONNECT_SECONDS, _GRACE_SECONDS, _RETRY_SECONDS = 5, 8, 2
_ATTEMPTS = 5
_DEFER_TIMEOUT = 1000
"""Milliseconds that requesting a task may take."""


def ensure_schema(engine: Engine) -> None:
    """Create the tables of the installed procrastinate version unless they exist.

    Raises SettingsError if the database user may not.
    """
    try:
        _ensure_despite_deadlocks(engine)
    except ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        raise SettingsError(
            f"The database's user may not create the schema {SCHEMA}. Ask the database owner to run: "
            f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "{engine.url.username}";'
        ) from None


def _ensure_despite_deadlocks(engine: Engine) -> None:
    """Try again when workers of another version hold, one after another, the locks that dropping its schema takes."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _ensure(engine)
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
                raise
    return _ensure(engine)


def _ensure(engine: Engine) -> None:
    installed = version("procrastinate")
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        existing = connection.execute(
            text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name"),
            {"name": SCHEMA},
        ).scalar()
        if existing == installed and connection.execute(text("SELECT to_regclass(:table)"), {"table": _JOBS}).scalar():
            return
        if connection.execute(text("SELECT to_regclass(:table)"), {"table": _JOBS}).scalar():
            connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")
        if not connection.execute(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}).scalar():
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")  # the owner may have created an empty one
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        # Sent by the driver itself: several statements at once take no parameters.
        connection.connection.cursor().execute(SchemaManager.get_schema())
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{installed}'")


class ProcrastinateQueue:
    """Requests in PostgreSQL, run by whichever process is free."""

    def __init__(self, engine: Engine, registry: Registry, *, run_worker: bool) -> None:
        self._engine, self._registry, self._run_worker = engine, registry, run_worker
        pool: dict[str, Any] = {
            "conninfo": engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
            "min_size": 1,
            "max_size": 3,
            "timeout": _CONNECT_SECONDS,
        }
        options = f"-c search_path={SCHEMA}"
        connection = {"options": options, "connect_timeout": _CONNECT_SECONDS}
        # A request of a person must not wait for a slow queue.
        impatient = connection | {
            "options": f"{options} -c statement_timeout={_DEFER_TIMEOUT} -c lock_timeout={_DEFER_TIMEOUT}"
        }
        self._requests = App(connector=SyncPsycopgConnector(**pool, kwargs=impatient))
        self._tasks = App(connector=PsycopgConnector(**pool, kwargs=connection))
        for name in registry.names:
            self._register(name)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._stopping = threading.Event()
        self._stopping.set()
        for noisy in ("procrastinate", "psycopg.pool"):  # both log a lost connection with all its details
            logging.getLogger(noisy).setLevel(logging.CRITICAL)

    def _register(self, name: TaskName) -> None:
        def do(timestamp: int | None = None) -> None:
            del timestamp
            self._registry.do(name)

        self._tasks.periodic(cron=_EVERY_MINUTE, queueing_lock=name)(self._tasks.task(name=name)(do))

    def start(self) -> None:
        """Create the tables, connect and, where this process runs the worker, run everything that is due."""
        ensure_schema(self._engine)
        self._requests.open()
        self._stopping.clear()
        self._registry.begin()
        if self._run_worker:
            self._thread = threading.Thread(target=self._work, name="townhall-worker", daemon=True)
            self._thread.start()
        for name in self._registry.names:
            self.put(name, None)

    def put(self, task: TaskName, at: datetime | None) -> None:
        """Request a task; a task that is already requested is not requested twice."""
        if self._stopping.is_set() or task not in self._registry.names:
            return
        lock = f"{task} {at.isoformat()}" if at else task
        try:
            self._requests.configure_task(task, queueing_lock=lock, schedule_at=at).defer()
        except AlreadyEnqueued:
            pass
        except (ConnectorException, AppNotOpen) as error:
            log.warning("the queue does not answer: %s; what is due runs within a minute", type(error).__name__)

    def stop(self) -> None:
        """Stop after the tasks that are running and close the connections."""
        self._stopping.set()
        self._registry.end()
        if self._thread is not None:
            if self._loop is not None and self._worker is not None:
                with contextlib.suppress(RuntimeError):  # the loop has already ended
                    self._loop.call_soon_threadsafe(self._worker.cancel)
            self._thread.join(timeout=_GRACE_SECONDS + _RETRY_SECONDS)
            self._thread = None
        self._requests.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._until_stopped())
            except asyncio.CancelledError:
                return
            except Exception as error:  # noqa: BLE001 - the database is unavailable; what is due waits in it
                log.warning("the queue does not answer: %s; trying again", type(error).__name__)
            self._stopping.wait(_RETRY_SECONDS)

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._worker = asyncio.current_task()
        if self._stopping.is_set():
            return
        ensure_schema(self._engine)  # it may have been dropped in the meantime
        async with self._tasks.open_async():
            jobs = self._tasks.job_manager
            for stalled in await jobs.get_stalled_jobs():  # of killed processes; what is due runs within a minute
                await jobs.finish_job(stalled, Status.FAILED, delete_job=True)
            await self._tasks.run_worker_async(
                concurrency=2,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=_GRACE_SECONDS,
            )
