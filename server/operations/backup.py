"""Backs up and restores the database with its own tools; every backup is proved by restoring it to a scratch place."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, MetaData, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from server.db.migrate import is_known_revision

SQLITE_HEAD = b"SQLite format 3\0"
POSTGRESQL_HEAD = b"PGDMP"
_OLD_ACCESS = {
    "user_sessions": "DELETE FROM user_sessions",
    "invitations": "DELETE FROM invitations WHERE used_at IS NULL",
    "login_attempts": "DELETE FROM login_attempts",
    "account_mails": "UPDATE account_mails SET due_at = NULL",
    "notices": "UPDATE notices SET mail_due_at = NULL WHERE mailed_at IS NULL",
}
"""What a backup must not bring back, by table: access that ended since, and mail that has been sent since."""
_COUNTED = ("people", "deals", "versions", "comments", "pulses")
"""Tables whose rows are counted, so that a person can see what a backup holds."""
_PLAIN_NAMES = {"pulses": "votes"}


class BackupError(Exception):
    """A backup or restore that cannot be done, with a sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup holds: its migration, and the rows of the best known tables."""

    revision: str
    rows: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {_PLAIN_NAMES.get(name, name)}" for name, count in self.rows.items())


def back_up(engine: Engine, target: Path) -> BackupContents:
    """Write a backup, prove it by a scratch restore, and return what it holds; people may go on working.

    The file appears only when it has been proved. Raises BackupError.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name.")
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        _create_private(part)
        if engine.dialect.name == "sqlite":
            _copy_sqlite(_sqlite_path(engine), part)
        else:
            _dump(engine, part)
        contents = verify(engine, part)
        part.rename(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return contents


def _create_private(path: Path, mode: int = 0o600) -> None:
    """Create an empty file that only its owner can read: pay can be computed from a backup."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))


def verify(engine: Engine, backup: Path) -> BackupContents:
    """Restore a backup to a scratch place and return what it holds; raises BackupError if it cannot be restored."""
    _check_kind(engine, backup)
    if engine.dialect.name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder, "scratch.db")
            _copy_sqlite(backup, scratch)
            return _contents_of(create_engine(f"sqlite:///{scratch}"))
    name = f"townhall_scratch_{secrets.token_hex(4)}"
    _run_sql(engine.url, f'CREATE DATABASE "{name}"')
    scratch_url = engine.url.set(database=name)
    try:
        _restore_dump(scratch_url, backup)
        return _contents_of(create_engine(scratch_url))
    finally:
        _run_sql(engine.url, f'DROP DATABASE IF EXISTS "{name}"')


def restore(engine: Engine, backup: Path, *, replaces: bool) -> tuple[BackupContents, Path | None]:
    """Restore a backup into the database and return what it holds, and where the former data was kept, if any.

    A database that holds something is replaced only if `replaces`, after a backup of its own. Raises BackupError.
    """
    contents = verify(engine, backup)
    if not is_known_revision(contents.revision):
        raise BackupError(
            f"{backup} was made by a newer version of Townhall (migration {contents.revision}). Install that version or"
            " a later one. Nothing was replaced."
        )
    former: Path | None = None
    if _is_filled(engine):
        if not replaces:
            raise BackupError("The database is not empty. Add --replace to put the backup in its place.")
        former = backup.with_name(f"{backup.name}.before-restore-{secrets.token_hex(3)}")
        back_up(engine, former)
    engine.dispose()
    if engine.dialect.name == "sqlite":
        _replace_sqlite(_sqlite_path(engine), backup)
    else:
        _replace_postgresql(engine, backup, former)
    _end_old_access(engine)
    return _contents_of(engine), former


def _replace_postgresql(engine: Engine, backup: Path, former: Path | None) -> None:
    """Put a dump in the place of what the database holds; if that fails, put the former data back."""
    _drop_everything(engine)
    try:
        _restore_dump(engine.url, backup)
    except BackupError as error:
        if former is None:
            raise
        _drop_everything(engine)
        _restore_dump(engine.url, former)
        raise BackupError(f"{error} The database is as it was before; a copy of it is in {former}.") from None


def _end_old_access(engine: Engine) -> None:
    """End sessions and links that were open when the backup was made, and mail that was due then."""
    with engine.begin() as connection:
        tables = set(inspect(connection).get_table_names())
        for table, statement in _OLD_ACCESS.items():
            if table in tables:
                connection.execute(text(statement))
    engine.dispose()


def _check_kind(engine: Engine, backup: Path) -> None:
    try:
        with backup.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise BackupError(f"{backup} cannot be read: {error.strerror}.") from None
    wanted, kind = (SQLITE_HEAD, "SQLite") if engine.dialect.name == "sqlite" else (POSTGRESQL_HEAD, "PostgreSQL")
    if not head.startswith(wanted):
        raise BackupError(f"{backup} is not a backup of a {kind} database. Check TOWNHALL_DATABASE_URL.")


def _contents_of(engine: Engine) -> BackupContents:
    """Return what a database holds; raises BackupError if it is damaged or not Townhall's."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                state = connection.execute(text("PRAGMA integrity_check")).scalar()
                broken = connection.execute(text("PRAGMA foreign_key_check")).first()
                if state != "ok" or broken is not None:
                    raise BackupError(f"The backup is damaged: {state if state != 'ok' else broken}.")
            if not inspect(connection).has_table("alembic_version"):
                raise BackupError("The backup holds no Townhall.")
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            rows = {
                name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() or 0)  # noqa: S608 - ours
                for name in _COUNTED
                if inspect(connection).has_table(name)
            }
    except DatabaseError as error:
        raise BackupError(f"The backup is damaged: {error.orig}.") from None
    finally:
        engine.dispose()
    return BackupContents(str(revision), rows)


def _is_filled(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("people"):
            return False
        return connection.execute(text("SELECT 1 FROM people LIMIT 1")).first() is not None


def _sqlite_path(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database with SQLite's own backup, which is a consistent state although others write."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode=DELETE")  # a backup is one file, without a log of its own
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{source} cannot be copied: {error}.") from None


def _replace_sqlite(path: Path, backup: Path) -> None:
    """Put a backup in the place of a database that no other process has open; its permissions stay."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.restored")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    try:
        _create_private(part, mode)
        _copy_sqlite(backup, part)
        if path.exists():
            _check_unused(path)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _check_unused(path: Path) -> None:
    """Raise BackupError if another process has a database open: only alone can its journal mode be changed."""
    with closing(sqlite3.connect(path, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            raise BackupError(f"{path} is in use. Stop Townhall before you restore a backup.") from None


def _dump(engine: Engine, target: Path) -> None:
    """Write Townhall's schema to a file; the queue's holds nothing worth keeping, and others are not ours."""
    others = text(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)' AND nspname <> current_schema()"
    )
    with engine.connect() as connection:
        excluded = [f'--exclude-schema="{name}"' for name in connection.execute(others).scalars()]
    _run_tool("pg_dump", engine.url, ["--format=custom", *excluded, f"--file={target}"])


def _restore_dump(url: URL, backup: Path) -> None:
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(backup)]
    _run_tool("pg_restore", url, options)


def _run_tool(name: str, url: URL, options: list[str]) -> None:
    program = shutil.which(name)
    if program is None:
        raise BackupError(f"{name} is not installed here. Install PostgreSQL's client programs.")
    stated = url.query.get("password", "")
    environment = {**os.environ, "PGPASSWORD": url.password or str(stated)}
    public = url.set(drivername="postgresql", password=None).difference_update_query(["password"])
    address = public.render_as_string(hide_password=False)  # others see it in the list of processes
    command = [program, f"--dbname={address}", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()[-400:]}")


def _run_sql(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    except SQLAlchemyError as error:
        raise BackupError(
            f"The database's user may not create a scratch database: {type(error).__name__}."
            " Grant it CREATEDB, so that backups can be proved."
        ) from None
    finally:
        engine.dispose()


def _drop_everything(engine: Engine) -> None:
    """Drop our tables and functions, also those that the backup does not have."""
    metadata = MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection)
        metadata.drop_all(connection)
        connection.execute(text("DROP FUNCTION IF EXISTS refuse_audit_change() CASCADE"))
    engine.dispose()
