"""Databases for tests: made once by the migrations and the cast, and as new for every test."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.jobs.procrastinate_queue import SCHEMA as QUEUE
from server.settings import DEMO_SECRET, Settings, load
from tests.cast import play
from tests.free_port import free_port

SERVER_PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt/postgresql/bin", "/usr/local/pgsql/bin")


def settings_for(url: str, **more: object) -> Settings:
    return load(
        database_url=url, environment="development", secret_key=DEMO_SECRET, public_url="https://testserver", **more
    )


def fill(url: str) -> None:
    """Migrate a database and fill it with the cast."""
    engine = open_engine(settings_for(url))
    upgrade(engine)
    with Database(engine).writing() as session:
        play(session)
        session.commit()
    engine.dispose()


class Sqlite:
    """Files, copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        fill(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        path = self._folder / f"{time.monotonic_ns()}.db"
        shutil.copyfile(self._template, path)
        yield f"sqlite:///{path}"
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()


RESTORE = """
CREATE SCHEMA original;
CREATE PROCEDURE original.keep() LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE original.%1$I AS TABLE public.%1$I', name);
    END LOOP;
    CREATE TABLE original."sequences of ids" AS
        SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
END $$;
CREATE PROCEDURE original.restore() LANGUAGE plpgsql AS $$
DECLARE name text; columns text; value bigint;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = name AND is_generated = 'NEVER';
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM original.%1$I',
            name, columns);
    END LOOP;
    FOR name, value IN SELECT sequencename, last_value FROM original."sequences of ids" LOOP
        PERFORM setval(format('public.%I', name)::regclass, coalesce(value, 1), value IS NOT NULL);
    END LOOP;
END $$;
CALL original.keep();
"""
"""Keeps a copy of every table in a schema of its own; putting the rows back is ten times as fast as a new database."""


class Postgres:
    """A database that is put back to the cast before every test that asks for it."""

    def __init__(self, url: str, worker: str) -> None:
        self._url = url
        self._worker = worker
        self._count = 0
        self._filled: str | None = None

    def _address(self, name: str) -> str:
        return f"{self._url.rsplit('/', 1)[0]}/{name}".replace("postgresql://", "postgresql+psycopg://")

    def _run(self, statement: str, name: str, database: str = "postgres") -> None:
        url = f"{self._url.rsplit('/', 1)[0]}/{database}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Put the database back to the cast; it is made when it is first asked for."""
        if self._filled is None:
            self._filled = f"cast_{self._worker}"
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._filled)
            self._run("CREATE DATABASE {}", self._filled)
            fill(self._address(self._filled))
            self._run(RESTORE, "", self._filled)
        else:
            self._disconnect(self._filled)
            self._run("DROP SCHEMA IF EXISTS {} CASCADE", QUEUE, self._filled)
            self._run("CALL original.restore()", "", self._filled)
        yield self._address(self._filled)

    def _disconnect(self, name: str) -> None:
        """End what a test left open: it could hold locks."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Create a database without tables, and drop it afterwards."""
        self._count += 1
        name = f"test_{self._worker}_{self._count}"
        self._run("CREATE DATABASE {} STRATEGY FILE_COPY", name)
        yield self._address(name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, if this machine has them."""
    for place in SERVER_PLACES:
        programs = sorted(Path(place).glob("*/bin/initdb")) + sorted(Path(place).glob("initdb"))
        if programs:
            return programs[-1].parent
    beside = shutil.which("initdb")
    return Path(beside).parent if beside else None


@contextmanager
def postgres_server(folder: Path) -> Iterator[str | None]:
    """Run a server of our own on a free port, or use TEST_PG_URL; yield None where there is no PostgreSQL."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    programs = binaries()
    if programs is None:
        yield None
        return
    as_user: dict[str, object] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:  # the server refuses to run as root
        account = pwd.getpwnam("postgres")
        as_user |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
        for parent in folder.parents:  # pytest keeps its folders to their owner
            if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    initdb = [
        programs / "initdb",
        "-D",
        data,
        "--no-sync",
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale",
        "C.UTF-8",
    ]
    subprocess.run(initdb, check=True, **as_user)  # type: ignore[call-overload]
    port = free_port()
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=200"
    )
    command = [programs / "pg_ctl", "-D", data, "-o", options, "-w", "-t", "60", "start"]
    subprocess.run(command, check=True, **as_user)  # type: ignore[call-overload]
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, **as_user)  # type: ignore[call-overload]
