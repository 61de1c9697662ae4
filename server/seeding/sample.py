"""The sample company: its files are imported, then its redesign is played through, day by day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import yaml
from sqlmodel import Session

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
from server.publishing import service as publishing_service
from server.town_halls import service as town_hall_service
from server.town_halls.models import Question
from server.voting import service as voting_service
from server.voting.service import Vote
from server.web.paths import data_folder

COMPANY = "Harborlight"
SIGN_IN_AS = (
    ("Maya Chen", "a rep: read, see your own pay, comment, vote"),
    ("Mark Olsen", "the manager: answer comments, publish a new version"),
    ("Priya Raman", "the admin: people and imports"),
)


def load_sample(session: Session) -> None:
    """Load everything; the caller commits."""
    seed = data_folder("seed")
    people_service.create_company(session, COMPANY, is_sample=True)
    today = (seed / "plans" / "today.yaml").read_text(encoding="utf-8")
    document_service.put_in_force(session, today, date(2024, 1, 1))
    import_service.apply_import(
        session, import_service.preview(session, import_service.read_folder(seed / "data")), "sample"
    )
    story = yaml.safe_load((seed / "story.yaml").read_text(encoding="utf-8"))
    _Story(session, story).tell()


def _moment(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


class _Story:
    """Plays the redesign through in the order in which it happened."""

    def __init__(self, session: Session, story: Mapping[str, Any]) -> None:
        self._session, self._story = session, story
        self._people = {person.name: person for person in people_queries.list_people(session)}
        self._comments: dict[str, Comment] = {}

    def tell(self) -> None:
        told = self._story["redesign"]
        redesign = document_service.start_redesign(
            self._session, told["title"], told["audience"], told["year"], told["days"]
        )
        self._hall(redesign)
        proposal = document_service.start_proposal(self._session, redesign, told["title"])
        author = self._person(told["author"])
        before = None
        for number, version in enumerate(told["versions"]):
            markdown = (data_folder("seed") / "proposals" / version["file"]).read_text(encoding="utf-8")
            text = SubmittedText(told["title"], markdown, version["note"], number, 0)
            manuscript = document_service.prepare(text, before)
            at = _moment(version["published"])
            before = publishing_service.publish(self._session, proposal, manuscript, author.id or 0, at)
            self._talk(proposal, number + 1, version)
        adoption.link_to_block(self._session, proposal.id or 0)
        for page in told["pages"]:
            self._page(redesign, page)

    def _page(self, redesign: Redesign, told: Mapping[str, Any]) -> None:
        page = document_service.start_proposal(self._session, redesign, told["title"], DocumentKind.page)
        author = self._person(told["author"])
        before = None
        for number, version in enumerate(told["versions"]):
            markdown = (data_folder("seed") / "pages" / version["file"]).read_text(encoding="utf-8")
            manuscript = document_service.prepare(
                SubmittedText(told["title"], markdown, version["note"], number, 0), before, DocumentKind.page
            )
            before = publishing_service.publish(
                self._session, page, manuscript, author.id or 0, _moment(version["published"], 11)
            )

    def _person(self, name: str) -> Person:
        return self._people[name]

    def _hall(self, redesign: Redesign) -> None:
        told = self._story["town_hall"]
        hall = town_hall_service.add_closed_town_hall(
            self._session, redesign, told["title"], told["held_on"], told["notes"]
        )
        for question in told["questions"]:
            author = question.get("by")
            kept = Question(
                town_hall_id=hall.id or 0,
                author_id=self._person(author).id if author else None,
                text=question["text"],
                answer=question.get("answer", ""),
                moved_to_proposal=question.get("taken_up", False),
                endorsements=question.get("also", 0),
            )
            town_hall_service.add_question(self._session, hall, kept)

    def _talk(self, proposal: Proposal, number: int, told: Mapping[str, Any]) -> None:
        for said in told.get("comments", ()):
            place = CommentTarget(
                proposal.slug, number, said.get("candidate", ""), selection=self._marked(proposal, number, said)
            )
            at = _moment(said["at"], said.get("hour", 10))
            author = self._person(said["by"]).id or 0
            comment = discussion_service.create_comment(self._session, place, prepare(said["text"]), author, at)
            for reply in said.get("replies", ()):
                replier = self._person(reply["by"]).id or 0
                discussion_service.reply(
                    self._session, comment.ulid, prepare(reply["text"]), replier, _moment(reply["at"], 14)
                )
            if ended := said.get("answer"):
                self._answer(comment, ended)
        for name in told.get("readers", ()):
            document_service.mark_read(self._session, proposal.slug, number, self._person(name).id or 0)
        for name, choices in told.get("votes", {}).items():
            voter = self._person(name).id or 0
            for key, choice in choices.items():
                words = choice if isinstance(choice, list) else [choice, ""]
                vote = Vote(proposal.slug, number, key, words[0], words[1])
                voting_service.cast_pulse(self._session, vote, voter, _moment(told["published"], 17))

    def _marked(self, proposal: Proposal, number: int, said: Mapping[str, Any]) -> Selection | None:
        version = document_queries.version(self._session, proposal.id or 0, number)
        if "words" in said and version:
            return selection_of_quote(version.markdown, said["words"])
        return Selection(term=said["term"]) if "term" in said else None

    def _answer(self, comment: Comment, told: Mapping[str, Any]) -> None:
        given = prepare_answer(told["state"], told.get("text", ""), postponed_until=told.get("until"))
        given = replace(given, in_version=told.get("in_version"))
        answerer = self._person(told["by"]).id or 0
        resolve(self._session, comment.ulid, given, answerer, _moment(told["at"], 15))
