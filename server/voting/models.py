"""The table of pulse votes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment


class PulseChoice(StrEnum):
    """An answer to “Could you work under this plan?”."""

    gladly = "gladly"
    yes = "yes"
    with_changes = "with_changes"
    no = "no"


class Pulse(SQLModel, table=True):
    """One person's answer for one candidate of one version."""

    __tablename__ = "pulses"
    __table_args__ = (
        UniqueConstraint("version_id", "candidate", "person_id"),
        CheckConstraint("choice in ('gladly','yes','with_changes','no')", name="choice"),
        Index("ix_pulses_person", "person_id", "version_id"),
    )

    id: int = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="versions.id")
    candidate: str = Field(max_length=20)
    person_id: int = Field(foreign_key="people.id")
    choice: PulseChoice = Field(sa_type=String(16))
    reason: str = Field(default="", max_length=300)
    cast_at: datetime = moment()
