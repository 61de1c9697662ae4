"""What Townhall does in the background: every room's tasks by name, done by the process that serves or by others."""

from functools import partial

from server.db.session import Database
from server.discussion.anonymous import bring_out
from server.discussion.tasks import bring_back
from server.impact.tasks import work_one
from server.jobs.queue import Queue, open_queue
from server.jobs.tasks import Chore, Chores, Task, Tell
from server.notifications import chat, mail
from server.notifications.tasks import deliver
from server.publishing.reindex import index_missing
from server.publishing.tasks import publish_due
from server.settings import Settings
from server.web.templating import Templates


def open_work(
    settings: Settings, database: Database, templates: Templates, tell: Tell, *, works: bool | None = None
) -> Queue:
    """Return the queue with everything that this company needs done; `works` as the settings say, unless said here."""
    chores = Chores(database, tasks_of(settings, database, templates, tell))
    return open_queue(database, chores, works=settings.works if works is None else works)


def tasks_of(settings: Settings, database: Database, templates: Templates, tell: Tell) -> dict[Chore, Task]:
    """Return what is done in the background; mail and chats only where there are any."""
    tasks: dict[Chore, Task] = {
        Chore.impact: work_one,
        Chore.drafts: partial(publish_due, tell=tell),
        Chore.parked: partial(bring_back, tell=tell),
        Chore.nameless: partial(bring_out, tell=tell),
        Chore.search: index_missing,
    }
    if transport := _transport(settings, database):
        postman = mail.Postman(settings, templates.language, templates.text, transport)
        tasks[Chore.mail] = partial(deliver, postman=postman)
    if urls := settings.chat_urls.get_secret_value().split():
        speak = chat.speaker(urls)
        tasks[Chore.chat] = partial(chat.announce, settings=settings, spoken=templates.language, speak=speak)
    return tasks


def _transport(settings: Settings, database: Database) -> mail.Transport | None:
    """Return how mail leaves: a demo keeps it, and without a mail server none is sent."""
    if settings.is_demo:
        return mail.Outbox(database)
    url = settings.smtp_url.get_secret_value()
    return mail.Smtp(url, settings.mail_from) if url else None
