"""The table of background tasks that fail."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.db.columns import moment
from server.page_cache import NO_PAGES


class TaskFailure(SQLModel, table=True):
    """The last failure of a task that has not succeeded since; `error` is the kind of error, never its message."""

    __tablename__ = "task_failures"
    __invalidates__ = NO_PAGES

    name: str = Field(max_length=40, primary_key=True)
    failed_at: datetime = moment()
    error: str = Field(max_length=120)
