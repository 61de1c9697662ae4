"""Loads the sample company: imports its files, then replays its redesign day by day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import yaml
from sqlmodel import Session

from server.db.columns import now
from server.discussion import adoption
from server.discussion import service as discussion_service
from server.discussion.anchoring import Selection, selection_of_quote
from server.discussion.models import Comment
from server.discussion.resolution import prepare_answer, resolve
from server.discussion.service import CommentTarget, prepare
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, Proposal, Redesign
from server.documents.service import SubmittedText
from server.imports import service as import_service
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person
from server.plans_in_force import service as plan_service
from server.plans_in_force.service import NewPlan
from server.publishing import service as publishing_service
from server.town_halls import service as town_hall_service
from server.town_halls.models import Question
from server.voting import service as voting_service
from server.voting.service import Vote
from server.web.paths import data_folder

COMPANY = "Harborlight"
OPEN_DAYS = 11
"""Days for which the sample's feedback is open when it is loaded."""
SIGN_IN_AS = (
    ("Maya Chen", "a rep: read, see your own pay, comment, vote"),
    ("Mark Olsen", "the manager: answer comments, publish a new version"),
    ("Priya Raman", "the admin: people and imports"),
)


def load_sample(session: Session) -> None:
    """Load the sample company; does not commit."""
    seed = data_folder("seed")
    people_service.create_company(session, COMPANY, is_sample=True)
    current_plan = (seed / "plans" / "today.yaml").read_text(encoding="utf-8")
    plan_service.put_in_force(session, NewPlan(current_plan, date(2024, 1, 1)))
    import_service.apply_import(
        session, import_service.preview_import(session, import_service.read_folder(seed / "data")), "sample"
    )
    story = yaml.safe_load((seed / "story.yaml").read_text(encoding="utf-8"))
    _StoryLoader(session, story).load()


def _at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def days_from(days: Mapping[str, date], today: date) -> dict[str, date]:
    """Return the days of the story's stages, those to come moved so that the feedback is open for some days yet."""
    later = max(today + timedelta(days=OPEN_DAYS) - days["feedback_until"], timedelta())
    return {name: day if name == "drafted_on" else day + later for name, day in days.items()}


class _StoryLoader:
    """Replays the redesign of `story.yaml` in chronological order."""

    def __init__(self, session: Session, story: Mapping[str, Any]) -> None:
        self._session, self._story = session, story
        self._people = {person.name: person for person in people_queries.list_people(session)}

    def load(self) -> None:
        entry = self._story["redesign"]
        redesign = document_service.start_redesign(
            self._session, entry["title"], entry["audience"], entry["year"], days_from(entry["days"], now().date())
        )
        self._load_town_hall(redesign)
        proposal = document_service.start_proposal(self._session, redesign, entry["title"])
        author = self._person(entry["author"])
        published = None
        for number, version in enumerate(entry["versions"]):
            markdown = (data_folder("seed") / "proposals" / version["file"]).read_text(encoding="utf-8")
            text = SubmittedText(entry["title"], markdown, version["note"], number, 0)
            prepared = document_service.prepare(text, published)
            at = _at(version["published"])
            published = publishing_service.publish(self._session, proposal, prepared, author.id, at)
            self._load_activity(proposal, number + 1, version)
        adoption.link_to_blocks(self._session, proposal.id)
        for page in entry["pages"]:
            self._load_page(redesign, page)

    def _load_page(self, redesign: Redesign, entry: Mapping[str, Any]) -> None:
        page = document_service.start_proposal(self._session, redesign, entry["title"], DocumentKind.page)
        author = self._person(entry["author"])
        published = None
        for number, version in enumerate(entry["versions"]):
            markdown = (data_folder("seed") / "pages" / version["file"]).read_text(encoding="utf-8")
            prepared = document_service.prepare(
                SubmittedText(entry["title"], markdown, version["note"], number, 0),
                published,
                DocumentKind.page,
            )
            published = publishing_service.publish(
                self._session, page, prepared, author.id, _at(version["published"], 11)
            )

    def _person(self, name: str) -> Person:
        return self._people[name]

    def _load_town_hall(self, redesign: Redesign) -> None:
        entry = self._story["town_hall"]
        town_hall = town_hall_service.add_closed_town_hall(
            self._session, redesign, entry["title"], entry["held_on"], entry["notes"]
        )
        for question_entry in entry["questions"]:
            author = question_entry.get("by")
            question = Question(
                town_hall_id=town_hall.id,
                author_id=self._person(author).id if author else None,
                text=question_entry["text"],
                answer=question_entry.get("answer", ""),
                moved_to_proposal=question_entry.get("moved_to_proposal", False),
                endorsements=question_entry.get("endorsements", 0),
            )
            town_hall_service.add_question(self._session, town_hall, question)

    def _load_activity(self, proposal: Proposal, number: int, version: Mapping[str, Any]) -> None:
        """Load the comments, answers, read marks and votes of a version."""
        for entry in version.get("comments", ()):
            self._load_comment(proposal, number, entry)
        for name in version.get("readers", ()):
            document_service.mark_read(self._session, proposal.slug, number, self._person(name).id)
        for name, choices in version.get("votes", {}).items():
            voter_id = self._person(name).id
            for key, choice in choices.items():
                choice_and_reason = choice if isinstance(choice, list) else [choice, ""]
                vote = Vote(proposal.slug, number, key, choice_and_reason[0], choice_and_reason[1])
                voting_service.cast_pulse(self._session, vote, voter_id, _at(version["published"], 17))

    def _load_comment(self, proposal: Proposal, number: int, entry: Mapping[str, Any]) -> None:
        """Load a comment with its replies and its answer."""
        target = CommentTarget(
            proposal.slug,
            number,
            entry.get("candidate", ""),
            selection=self._selection(proposal, number, entry),
        )
        at = _at(entry["at"], entry.get("hour", 10))
        author_id = self._person(entry["by"]).id
        text = prepare(entry["text"])
        comment = discussion_service.create_comment(self._session, target, text, author_id, at)
        for reply in entry.get("replies", ()):
            replier_id = self._person(reply["by"]).id
            discussion_service.reply(
                self._session, comment.ulid, prepare(reply["text"]), replier_id, _at(reply["at"], 14)
            )
        if answer := entry.get("answer"):
            self._answer(comment, answer)

    def _selection(self, proposal: Proposal, number: int, entry: Mapping[str, Any]) -> Selection | None:
        version = document_queries.version(self._session, proposal.id, number)
        if "quote" in entry and version:
            return selection_of_quote(version.markdown, entry["quote"])
        return Selection(term=entry["term"]) if "term" in entry else None

    def _answer(self, comment: Comment, entry: Mapping[str, Any]) -> None:
        answer = prepare_answer(entry["state"], entry.get("text", ""), postponed_until=entry.get("until"))
        answer = replace(answer, in_version=entry.get("in_version"))
        answerer_id = self._person(entry["by"]).id
        resolve(self._session, comment.ulid, answer, answerer_id, _at(entry["at"], 15))
