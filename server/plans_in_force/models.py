"""The table of plans in force."""

from datetime import date, datetime

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id


class PlanInForce(SQLModel, table=True):
    """A plan that pays an audience from a day on, until its last day if it has one.

    The audience are the reps who have one of the `titles`, one of the `levels` and one of the `regions`, and are
    one of the `people` (ids). An empty list sets no condition. A withdrawn plan was entered by mistake and pays
    no one.
    """

    __tablename__ = "plans_in_force"

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    since: date = Field(index=True)
    until: date | None = None
    text: str = Field(sa_type=Text)
    titles: list[str] = Field(default_factory=list, sa_type=JSON)
    levels: list[str] = Field(default_factory=list, sa_type=JSON)
    regions: list[str] = Field(default_factory=list, sa_type=JSON)
    people: list[int] = Field(default_factory=list, sa_type=JSON)
    note: str = Field(default="", max_length=500)
    entered_by: int | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime = moment()
    withdrawn_at: datetime | None = moment(nullable=True)
