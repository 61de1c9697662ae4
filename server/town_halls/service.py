"""Decisions about town halls."""

from datetime import date

from sqlmodel import Session

from server.documents.models import Redesign
from server.text.markdown import render_comment
from server.town_halls.models import Question, TownHall


def add_closed_town_hall(session: Session, redesign: Redesign, title: str, held_on: date, notes: str) -> TownHall:
    """Keep a town hall that has taken place, with its notes."""
    hall = TownHall(
        redesign_id=redesign.id or 0, title=title, held_on=held_on, notes=notes, html=render_comment(notes), closed=True
    )
    session.add(hall)
    session.flush()
    return hall


def add_question(session: Session, hall: TownHall, question: Question) -> Question:
    """Keep a question that was asked, with its answer or the mark that the proposal takes it up."""
    question.town_hall_id = hall.id or 0
    session.add(question)
    session.flush()
    return question
