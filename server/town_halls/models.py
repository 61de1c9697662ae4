"""The tables of town halls and questions."""

from datetime import date

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from server.db.columns import public_id


class TownHall(SQLModel, table=True):
    """A meeting about a redesign; closed once its notes are published."""

    __tablename__ = "town_halls"

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    redesign_id: int = Field(foreign_key="redesigns.id", index=True)
    title: str = Field(max_length=160)
    held_on: date
    notes: str = Field(default="", sa_type=Text)
    html: str = Field(default="", sa_type=Text)
    closed: bool = False


class Question(SQLModel, table=True):
    """A question asked at a town hall; `endorsements` counts the others who asked it too."""

    __tablename__ = "questions"

    id: int = Field(default=None, primary_key=True)
    town_hall_id: int = Field(foreign_key="town_halls.id", index=True)
    author_id: int | None = Field(default=None, foreign_key="people.id")
    text: str = Field(max_length=600)
    answer: str = Field(default="", sa_type=Text)
    moved_to_proposal: bool = False
    endorsements: int = 0
