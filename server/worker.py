"""Builds the queue of background tasks, run by the server process or by `townhall work`."""

from functools import partial

from server.accounts.tasks import deliver_account_mail, end_access_of_leavers
from server.db.session import Database
from server.discussion.anonymous import publish_pending
from server.discussion.tasks import reopen_due
from server.impact.tasks import run_next
from server.imports.tasks import write_next
from server.jobs.queue import Queue, open_queue
from server.jobs.tasks import PublishEvent, Registry, Task, TaskName
from server.notifications import chat, mail
from server.notifications.tasks import deliver
from server.publishing.reindex import index_missing
from server.publishing.tasks import keep_audiences, publish_due
from server.settings import Settings
from server.web.templating import Templates


def start_worker(
    settings: Settings,
    database: Database,
    templates: Templates,
    publish_event: PublishEvent,
    *,
    run_worker: bool | None = None,
) -> Queue:
    """Return the queue of all background tasks; `run_worker` overrides the setting of that name."""
    registry = Registry(database, build_registry(settings, database, templates, publish_event))
    return open_queue(database, registry, run_worker=settings.run_worker if run_worker is None else run_worker)


def build_registry(
    settings: Settings, database: Database, templates: Templates, publish_event: PublishEvent
) -> dict[TaskName, Task]:
    """Return the background tasks by name; mail and chat only if they are configured."""
    tasks: dict[TaskName, Task] = {
        TaskName.impact: run_next,
        TaskName.scheduled_drafts: partial(publish_due, publish_event=publish_event),
        TaskName.postponed_comments: partial(reopen_due, publish_event=publish_event),
        TaskName.anonymous_comments: partial(publish_pending, publish_event=publish_event),
        TaskName.search: index_missing,
        TaskName.leavers: end_access_of_leavers,
        TaskName.audiences: keep_audiences,
        TaskName.imports: partial(write_next, zone=settings.time_zone),
    }
    if transport := _transport(settings, database):
        mailer = mail.Mailer(settings, templates.language, templates.text, transport)
        tasks[TaskName.mail] = partial(deliver, mailer=mailer)
        tasks[TaskName.account_mail] = partial(
            deliver_account_mail, mailer=mailer, invitation_days=settings.invitation_days
        )
    if urls := settings.chat_urls.get_secret_value().split():
        send = chat.chat_sender(urls)
        tasks[TaskName.chat] = partial(chat.post_messages, settings=settings, language=templates.language, send=send)
    return tasks


def _transport(settings: Settings, database: Database) -> mail.Transport | None:
    """Return how mail is sent: a demo stores it, and without a mail server there is none."""
    if settings.is_demo:
        return mail.Outbox(database)
    url = settings.smtp_url.get_secret_value()
    return mail.Smtp(url, settings.mail_from) if url else None
