"""Writes of town halls and questions."""

from datetime import date

from sqlmodel import Session

from server.documents.models import Redesign
from server.text.markdown import render_comment
from server.town_halls.models import Question, TownHall


def add_closed_town_hall(session: Session, redesign: Redesign, title: str, held_on: date, notes: str) -> TownHall:
    """Add a past town hall with its notes."""
    town_hall = TownHall(
        redesign_id=redesign.id,
        title=title,
        held_on=held_on,
        notes=notes,
        html=render_comment(notes),
        closed=True,
    )
    session.add(town_hall)
    session.flush()
    return town_hall


def add_question(session: Session, town_hall: TownHall, question: Question) -> Question:
    """Add a question to a town hall, answered or marked as moved to the proposal."""
    question.town_hall_id = town_hall.id
    session.add(question)
    session.flush()
    return question
