"""Checks of an installation: settings, schema, search index, orphans, mail; each with what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from server.accounts.models import AccountMail
from server.audit.models import AuditEntry
from server.db.columns import now
from server.db.migrate import is_up_to_date, pending_changes
from server.db.session import Database
from server.discussion.models import Comment
from server.documents.models import Proposal
from server.jobs.models import TaskFailure
from server.notifications.models import Notice
from server.people.models import Person, Role
from server.search.models import SearchEntry
from server.settings import Settings, SettingsError

BACKUP_AGE = timedelta(days=7)
_STUCK = timedelta(minutes=30)


class Outcome(StrEnum):
    """The outcome of a check."""

    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, its outcome, and a sentence that says what was seen and what to do."""

    name: str
    outcome: Outcome
    sentence: str


def checks(settings: Settings, database: Database) -> Iterator[Check]:
    """Yield the checks of an installation, in order; a problem with the schema ends them."""
    yield from settings_checks(settings)
    schema = _schema(database)
    yield schema
    if schema.outcome is not Outcome.ok:
        return
    with database.reading() as session:
        yield _orphans(session)
        yield from data_checks(session)


def settings_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks of the settings."""
    yield _settings(settings)
    yield check_address(settings)
    yield check_mail_settings(settings)


def data_checks(session: Session) -> Iterator[Check]:
    """Yield the quick checks of what a database holds."""
    yield _search(session)
    yield _admins(session)
    yield _mail(session)
    yield _tasks(session)
    yield _backup(session)


def _settings(settings: Settings) -> Check:
    try:
        settings.refuse_unfit()
    except SettingsError as error:
        return Check("settings", Outcome.problem, str(error))
    return Check("settings", Outcome.ok, f"environment {settings.environment}")


def check_address(settings: Settings) -> Check:
    """Check that links on this machine lead to the port that the server listens on."""
    port = settings.public_url.port
    is_direct = settings.host_name in {"127.0.0.1", "localhost"} and not settings.is_secure  # https means a proxy
    if is_direct and port != settings.port:
        sentence = (
            f"TOWNHALL_PUBLIC_URL has port {port}, but the server listens on {settings.port}. Links and forms will not"
            " work until they agree."
        )
        return Check("address", Outcome.problem, sentence)
    return Check("address", Outcome.ok, settings.origin)


def check_mail_settings(settings: Settings) -> Check:
    """Check that e-mail can be sent."""
    if settings.is_demo or settings.smtp_url.get_secret_value():
        return Check("mail server", Outcome.ok, "set")
    sentence = "TOWNHALL_SMTP_URL is empty: no invitations, lost passwords or notifications by e-mail."
    return Check("mail server", Outcome.warning, sentence)


def _tasks(session: Session) -> Check:
    failures = session.exec(select(TaskFailure).order_by(TaskFailure.name)).all()
    if not failures:
        return Check("tasks", Outcome.ok, "none fails")
    shown = "; ".join(
        f"{failure.name} ({failure.error}, {failure.failed_at:%Y-%m-%d %H:%M} UTC)" for failure in failures
    )
    sentence = f"These background tasks failed when they last ran: {shown}. They run again every minute; see the log."
    return Check("tasks", Outcome.warning, sentence)


def _schema(database: Database) -> Check:
    if not is_up_to_date(database.engine):
        return Check("schema", Outcome.problem, "The database is not migrated. Run `townhall migrate`.")
    if differences := pending_changes(database.engine):
        return Check("schema", Outcome.problem, f"Tables differ from this version: {differences[0][:200]}")
    return Check("schema", Outcome.ok, "as this version expects")


def _orphans(session: Session) -> Check:
    if session.get_bind().dialect.name == "sqlite":
        broken = session.connection().execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            tables = ", ".join(sorted({str(row[0]) for row in broken}))
            sentence = f"{len(broken):,} rows name something that is gone, in {tables}. Restore a backup."
            return Check("orphans", Outcome.problem, sentence)
    return Check("orphans", Outcome.ok, "none")


def _search(session: Session) -> Check:
    documents = session.exec(select(func.count()).select_from(Proposal).where(Proposal.current > 0)).one()
    comments = session.exec(
        select(func.count())
        .select_from(Comment)
        .where(col(Comment.deleted_at).is_(None), col(Comment.hidden_at).is_(None))
    ).one()
    indexed = session.exec(select(func.count()).select_from(SearchEntry)).one()
    if documents and indexed < comments:
        sentence = f"The index has {indexed:,} entries for {comments:,} comments. Run `townhall reindex`."
        return Check("search index", Outcome.problem, sentence)
    return Check("search index", Outcome.ok, f"{indexed:,} entries")


def _admins(session: Session) -> Check:
    is_admin = (Person.role == Role.admin, col(Person.active).is_(True), col(Person.password_hash).is_not(None))
    count = session.exec(select(func.count()).select_from(Person).where(*is_admin)).one()
    if not count:
        sentence = "No admin can sign in. Run `townhall create-admin`, or `townhall people invite` for one there is."
        return Check("admins", Outcome.warning, sentence)
    return Check("admins", Outcome.ok, f"{count} can sign in")


def _mail(session: Session) -> Check:
    late = now() - _STUCK
    waiting = session.exec(
        select(func.count()).select_from(Notice).where(col(Notice.mailed_at).is_(None), col(Notice.mail_due_at) < late)
    ).one()
    accounts = session.exec(select(func.count()).select_from(AccountMail).where(col(AccountMail.due_at) < late)).one()
    given_up = session.exec(
        select(func.count())
        .select_from(AccountMail)
        .where(AccountMail.failure != "", col(AccountMail.due_at).is_(None), col(AccountMail.sent_at).is_(None))
    ).one()
    if waiting or accounts:
        sentence = f"{waiting + accounts:,} e-mails have waited for half an hour. Check the mail server and the worker."
        return Check("mail", Outcome.warning, sentence)
    if given_up:
        return Check("mail", Outcome.warning, f"{given_up:,} e-mails about accounts were given up; see People.")
    return Check("mail", Outcome.ok, "nothing waits")


def _backup(session: Session) -> Check:
    last = session.exec(select(func.max(AuditEntry.at)).where(AuditEntry.action == "backup")).one()
    if last is None:
        return Check("backup", Outcome.warning, "There is none yet. Run `townhall backup FILE`.")
    if last < now() - BACKUP_AGE:
        return Check("backup", Outcome.warning, f"The last one is of {last:%Y-%m-%d}. Run `townhall backup FILE`.")
    return Check("backup", Outcome.ok, f"{last:%Y-%m-%d %H:%M} UTC")
