"""`townhall backup`, `restore` and `doctor`."""

import socket
import time
from pathlib import Path
from typing import Annotated

import typer

from server.audit.service import record
from server.cli.database import fail, load_settings, open_database
from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.operations.backup import BackupError, back_up, verify
from server.operations.backup import restore as restore_backup
from server.operations.checks import Outcome, checks
from server.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="the file to write; it must not exist")],
) -> None:
    """Back up the database and prove the backup by restoring it to a scratch place; people may go on working."""
    started = time.monotonic()
    with open_database() as data:
        try:
            contents = back_up(data.engine, file)
        except BackupError as error:
            fail(str(error))
        with data.writing() as session:
            record(session, "backup", None, file.name, contents=str(contents))
            session.commit()
    size = file.stat().st_size / 1024**2
    print(f"{file}: {contents} ({size:.1f} MB, restored and checked in {time.monotonic() - started:.1f} s)")


def restore(
    file: Annotated[Path, typer.Argument(help="a file that `townhall backup` wrote")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="replace what the database holds")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="only restore to a scratch place and say what it holds")
    ] = False,
) -> None:
    """Restore a backup; what the database held before is backed up first. Stop Townhall before."""
    settings = load_settings()
    started = time.monotonic()
    engine = open_engine(settings)
    try:
        if check:
            print(f"{file}: {verify(engine, file)}")
            return
        _check_stopped(settings)
        contents, former = restore_backup(engine, file, replaces=replace)
        if former:
            print(f"What the database held before is in {former}.")
        upgrade(engine)
        with Database(engine).writing() as session:
            record(session, "restore", None, file.name, contents=str(contents))
            session.commit()
    except BackupError as error:
        fail(str(error))
    finally:
        engine.dispose()
    print(f"Restored {contents} in {time.monotonic() - started:.1f} s.")
    print("Start Townhall again: `townhall serve`.")


def _check_stopped(settings: Settings) -> None:
    """Exit if something listens where Townhall would: a running server must not lose its database."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((settings.host, settings.port)) == 0:
            fail(f"something listens on {settings.host}:{settings.port}. Stop Townhall before you restore a backup.")


def doctor() -> None:
    """Check settings, schema, search index, orphans, mail and backups; exits with 1 if there is a problem."""
    settings = load_settings()
    engine = open_engine(settings)
    has_problem = False
    try:
        for check in checks(settings, Database(engine)):
            has_problem |= check.outcome is Outcome.problem
            print(f"{check.outcome:<8} {check.name:<13} {check.sentence}")
    finally:
        engine.dispose()
    if has_problem:
        raise SystemExit(1)
