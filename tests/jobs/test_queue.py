"""The queue wakes workers once, after the commit; losing it loses nothing. On threads and on procrastinate."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from server.db.columns import now
from server.db.engine import open_engine
from server.db.session import Database
from server.jobs import procrastinate_queue, thread_queue
from server.jobs.procrastinate_queue import SCHEMA, ensure_schema
from server.jobs.queue import Queue, enqueue, open_queue
from server.jobs.tasks import Registry, Task, TaskName
from server.notifications.models import Notice, SentMail
from server.people import service as people_service
from server.settings import SettingsError
from tests.cast import SLUG
from tests.conftest import Townhall
from tests.databases import settings_for

SOON = 10.0


def until(said: Callable[[], bool], seconds: float = SOON) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return True
        time.sleep(0.02)
    return said()


def dropped(engine: Engine) -> bool:
    """Drop the queue's schema; a worker at work may have to go first."""
    try:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.DeadlockDetected):
            return False
        raise
    return True


def waits_for_a_lock(engine: Engine) -> bool:
    """Tell whether a connection to this database waits for another one."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE NOT granted AND datname = current_database()"
    )
    with engine.connect() as connection:
        return bool(connection.execute(waiting).scalar())


class Heap:
    """Things that are due, done one at a time."""

    def __init__(self, *due: int) -> None:
        self.due, self.done = list(due), []

    def task(self, _: Database) -> bool:
        if not self.due:
            return False
        self.done.append(self.due.pop(0))
        return True


Opened = Callable[..., Queue]


@pytest.fixture
def opened(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Open queues for tasks by name, and stop them at the end.

    The run of every task once a minute is put off, so that a minute which ends meanwhile proves or breaks nothing.
    """
    monkeypatch.setattr(procrastinate_queue, "_EVERY_MINUTE", "0 0 29 2 *")
    monkeypatch.setattr(thread_queue, "_SWEEP_SECONDS", 3_600)
    queues: list[Queue] = []

    def start_queue(run_worker: bool = True, **tasks: Task) -> Queue:
        registry = Registry(townhall.database, {TaskName(name): task for name, task in tasks.items()})
        queues.append(open_queue(townhall.database, registry, run_worker=run_worker))
        queues[-1].start()
        return queues[-1]

    yield start_queue
    for queue in queues:
        queue.stop()


def request_task(
    townhall: Townhall, task_name: TaskName = TaskName.mail, *, commits: bool = True, **more: object
) -> None:
    with townhall.database.writing() as session:
        enqueue(session, task_name, **more)
        enqueue(session, task_name, **more)
        if commits:
            session.commit()


def test_what_was_due_before_is_done_at_the_start(opened: Opened) -> None:
    heap = Heap(1, 2, 3)
    opened(mail=heap.task)
    assert until(lambda: heap.done == [1, 2, 3])


def test_work_starts_after_the_commit_and_never_without_it(townhall: Townhall, opened: Opened) -> None:
    heap, looked = Heap(), threading.Event()

    def task(database: Database) -> bool:
        looked.set()
        return heap.task(database)

    opened(mail=task)
    assert looked.wait(SOON)
    time.sleep(0.3)
    heap.due.append(1)
    request_task(townhall, commits=False)
    time.sleep(0.5)
    assert heap.done == []
    request_task(townhall)
    assert until(lambda: heap.done == [1])


def test_a_task_can_wait_for_its_moment(townhall: Townhall, opened: Opened) -> None:
    heap = Heap()
    opened(drafts=heap.task)
    time.sleep(0.5)  # what the start asks for has been looked at
    heap.due.append(1)
    request_task(townhall, TaskName.scheduled_drafts, at=now() + timedelta(seconds=1.5))
    time.sleep(0.7)
    assert heap.done == []
    assert until(lambda: heap.done == [1])


def test_a_failing_task_stops_no_other_and_logs_no_content(
    townhall: Townhall, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    heap = Heap(1)

    def broken(_: Database) -> bool:
        raise RuntimeError("private words")

    opened(impact=broken, mail=heap.task)
    assert until(lambda: heap.done == [1] and "RuntimeError in impact" in caplog.text)
    heap.due.append(2)
    request_task(townhall, TaskName.impact)
    request_task(townhall)
    assert until(lambda: heap.done == [1, 2])
    assert "private words" not in caplog.text


def test_a_queue_stops_after_what_it_is_doing_and_starts_again(townhall: Townhall, opened: Opened) -> None:
    begun, heap = threading.Event(), Heap(1, 2, 3, 4)

    def slow(database: Database) -> bool:
        begun.set()
        time.sleep(0.3)
        return heap.task(database)

    queue = opened(mail=slow)
    assert begun.wait(SOON)
    queue.stop()
    left = len(heap.due)
    assert left
    time.sleep(0.5)
    assert len(heap.due) == left
    request_task(townhall)  # nobody takes it, and nobody minds
    queue.start()
    assert until(lambda: not heap.due)
    assert sorted(heap.done) == [1, 2, 3, 4]


def test_a_long_task_keeps_no_mail_waiting(townhall: Townhall, opened: Opened) -> None:
    ends, heap = threading.Event(), Heap(1)

    def long(_: Database) -> bool:
        ends.wait(SOON)
        return False

    opened(impact=long, mail=heap.task)
    assert until(lambda: heap.done == [1])
    ends.set()


def test_a_failing_task_is_kept_until_it_succeeds(townhall: Townhall) -> None:
    fails = [True]

    def task(_: Database) -> bool:
        if fails[0]:
            raise ValueError("Dana's words")
        return False

    name = TaskName("mail")
    registry = Registry(townhall.database, {name: task})
    admin = townhall.client("Ada Admin")
    registry.do(name)
    page = admin.get("/overview").text
    assert "mail (ValueError" in page
    assert "Dana's words" not in page
    fails[0] = False
    registry.do(name)
    assert "mail (ValueError" not in admin.get("/overview").text


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
class TestSeveralProcesses:
    def test_a_serving_process_leaves_work_to_workers(self, townhall: Townhall, opened: Opened) -> None:
        asking, working = Heap(1), Heap(1)
        opened(run_worker=False, mail=asking.task)
        time.sleep(0.5)
        opened(mail=working.task)
        assert until(lambda: working.done == [1])
        assert asking.done == []

    def test_a_lost_or_old_queue_schema_is_recreated(
        self, townhall: Townhall, opened: Opened, caplog: pytest.LogCaptureFixture
    ) -> None:
        heap = Heap()
        opened(mail=heap.task)
        time.sleep(0.3)
        assert until(lambda: dropped(townhall.database.engine))
        heap.due.append(1)
        request_task(townhall)  # no failure, although nobody hears it
        assert "the queue does not answer" in caplog.text

        def heard() -> bool:
            request_task(townhall)
            return heap.done == [1]

        assert until(heard, 30)
        with townhall.database.engine.begin() as connection:
            connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA} IS '0.1'"))
        ensure_schema(townhall.database.engine)
        with townhall.database.engine.begin() as connection:
            named = connection.execute(text(f"SELECT obj_description('{SCHEMA}'::regnamespace)")).scalar()
            assert named != "0.1"

    def test_an_outdated_schema_is_dropped_although_workers_of_its_version_are_at_work(
        self, townhall: Townhall
    ) -> None:
        engine = townhall.database.engine
        ensure_schema(engine)
        with engine.begin() as connection:
            connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA} IS '0.1'"))
        attempts: list[str] = []

        def count(*event: object) -> None:
            if "DROP SCHEMA" in str(event[2]):
                attempts.append("drop")

        listen(engine, "before_cursor_execute", count)
        with ThreadPoolExecutor(1) as pool, engine.connect() as worker:
            worker.execute(text(f"LOCK TABLE {SCHEMA}.procrastinate_events IN ROW SHARE MODE"))
            replaced = pool.submit(ensure_schema, engine)
            assert until(lambda: waits_for_a_lock(engine))
            # Whoever drops the schema holds this table and waits for the other: both would wait forever.
            worker.execute(text(f"LOCK TABLE {SCHEMA}.procrastinate_jobs IN ROW SHARE MODE"))
            worker.rollback()
            replaced.result(timeout=SOON)
        assert len(attempts) > 1
        with engine.connect() as connection:
            named = connection.execute(text(f"SELECT obj_description('{SCHEMA}'::regnamespace)")).scalar()
        assert named not in (None, "0.1")

    def test_an_empty_queue_schema_is_used(self, townhall: Townhall, opened: Opened) -> None:
        with townhall.database.engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        heap = Heap(1)
        opened(mail=heap.task)
        assert until(lambda: heap.done == [1])

    def test_a_missing_right_to_create_the_schema_is_explained(self, townhall: Townhall) -> None:
        with townhall.database.engine.begin() as connection:
            connection.execute(text("CREATE ROLE narrow LOGIN"))
        try:
            url = townhall.database.engine.url.set(username="narrow").render_as_string(hide_password=False)
            engine = open_engine(settings_for(url))
            try:
                with pytest.raises(SettingsError, match=f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "narrow"'):
                    ensure_schema(engine)
            finally:
                engine.dispose()
        finally:
            with townhall.database.engine.begin() as connection:
                connection.execute(text("DROP ROLE narrow"))

    def test_a_queue_that_hangs_holds_no_write(self, townhall: Townhall, opened: Opened) -> None:
        opened(run_worker=False, mail=Heap().task)
        with townhall.database.engine.begin() as connection:
            connection.execute(text(f"LOCK TABLE {SCHEMA}.procrastinate_jobs"))
            began = time.monotonic()
            request_task(townhall)
            assert time.monotonic() - began < 5

    def test_nothing_stays_in_the_queue(self, townhall: Townhall, opened: Opened) -> None:
        heap = Heap(1)
        opened(mail=heap.task, chat=heap.task)
        for _ in range(5):
            request_task(townhall)

        def left() -> int:
            with townhall.database.engine.connect() as connection:
                return int(connection.execute(text(f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs")).scalar() or 0)

        assert until(lambda: left() == 0)

    def test_the_work_command_sends_mail_for_a_serving_process(self, townhall: Townhall, opened: Opened) -> None:
        with townhall.database.writing() as session:
            for notice in session.exec(select(Notice)):
                session.delete(notice)
            people_service.set_password(session, townhall.person("Maya Rep"), "a hash")
            session.commit()
        opened(run_worker=False, mail=Heap().task)
        url = townhall.database.engine.url.render_as_string(hide_password=False)
        environment = {
            **os.environ,
            "TOWNHALL_DATABASE_URL": url,
            "TOWNHALL_ENVIRONMENT": "demo",
            "TOWNHALL_PUBLIC_URL": "http://127.0.0.1:8000",
        }
        command = [sys.executable, "-m", "server", "work"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                assert "Running background tasks" in process.stdout.readline()
                answer = townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Why?")
                ulid = str(answer.headers["location"]).removeprefix("/comments/")
                townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text="Because.")

                def sent() -> int:
                    with townhall.database.reading() as session:
                        return len(
                            [mail for mail in session.exec(select(SentMail)) if mail.recipient == "maya@example.com"]
                        )

                assert until(lambda: sent() == 1)
                process.send_signal(signal.SIGTERM)
                assert process.wait(SOON) == 0
            finally:
                process.kill()  # does nothing after it has ended
        assert sent() == 1


def test_an_embedded_database_refuses_a_separate_worker() -> None:
    environment = {**os.environ, "TOWNHALL_DATABASE_URL": "sqlite:///nowhere.db", "TOWNHALL_ENVIRONMENT": "development"}
    told = subprocess.run(
        [sys.executable, "-m", "server", "work"], env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert "needs PostgreSQL" in told.stderr
    with pytest.raises(Exception, match="TOWNHALL_RUN_WORKER can be false only with PostgreSQL"):
        settings_for("sqlite:///nowhere.db", run_worker=False)


def test_a_savepoint_wakes_no_worker(townhall: Townhall, opened: Opened) -> None:
    heap = Heap()
    opened(mail=heap.task)
    time.sleep(0.5)
    with townhall.database.writing() as session:
        enqueue(session, TaskName.mail)
        with session.begin_nested():
            enqueue(session, TaskName.mail)
        heap.due.append(1)
        with session.begin_nested() as trial:
            enqueue(session, TaskName.mail)
            trial.rollback()
        time.sleep(0.5)
        assert heap.done == []
        session.commit()
    assert until(lambda: heap.done == [1])
