"""What Townhall does in the background: every room's tasks by name, done by the process that serves or by others."""

from functools import partial

from server.db.session import Database
from server.discussion.anonymous import publish_pending
from server.discussion.tasks import reopen_due
from server.impact.tasks import run_next
from server.jobs.queue import Queue, open_queue
from server.jobs.tasks import PublishEvent, Registry, Task, TaskName
from server.notifications import chat, mail
from server.notifications.tasks import deliver
from server.publishing.reindex import index_missing
from server.publishing.tasks import publish_due
from server.settings import Settings
from server.web.templating import Templates


def start_worker(
    settings: Settings, database: Database, templates: Templates, tell: PublishEvent, *, run_worker: bool | None = None
) -> Queue:
    """Return the queue with everything that this company needs done; `works` as the settings say, unless said here."""
    registry = Registry(database, build_registry(settings, database, templates, tell))
    return open_queue(database, registry, run_worker=settings.run_worker if run_worker is None else run_worker)


def build_registry(
    settings: Settings, database: Database, templates: Templates, tell: PublishEvent
) -> dict[TaskName, Task]:
    """Return what is done in the background; mail and chats only where there are any."""
    tasks: dict[TaskName, Task] = {
        TaskName.impact: run_next,
        TaskName.scheduled_drafts: partial(publish_due, tell=tell),
        TaskName.postponed_comments: partial(reopen_due, tell=tell),
        TaskName.anonymous_comments: partial(publish_pending, publish=tell),
        TaskName.search: index_missing,
    }
    if transport := _transport(settings, database):
        mailer = mail.Mailer(settings, templates.language, templates.text, transport)
        tasks[TaskName.mail] = partial(deliver, postman=mailer)
    if urls := settings.chat_urls.get_secret_value().split():
        speak = chat.speaker(urls)
        tasks[TaskName.chat] = partial(chat.post_messages, settings=settings, spoken=templates.language, speak=speak)
    return tasks


def _transport(settings: Settings, database: Database) -> mail.Transport | None:
    """Return how mail leaves: a demo keeps it, and without a mail server none is sent."""
    if settings.is_demo:
        return mail.Outbox(database)
    url = settings.smtp_url.get_secret_value()
    return mail.Smtp(url, settings.mail_from) if url else None
