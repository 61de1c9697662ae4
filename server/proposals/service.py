"""Decisions about proposals: saving drafts without losing a word, and bringing versions out."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, delete, false, or_, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server.comp.describing import sentences_of
from server.comp.plan import Plan
from server.comp.problems import PlanError, Problem
from server.comp.reader import read_plan
from server.comp.wording import Sentence, say
from server.db.columns import now
from server.errors import ConflictError, InvalidError, NotFoundError
from server.proposals import queries
from server.proposals.models import Candidate, Draft, DraftShare, PlanInForce, Proposal, ReadMark, Redesign, Version
from server.search import service as search
from server.search.service import Entry
from server.text.blocks import Block, blocks_of
from server.text.changes.lineage import lineage
from server.text.changes.pieces import compared
from server.text.markdown import LONGEST_PAGE
from server.text.pages import Page, take_apart

MOST_CANDIDATES = 5


class StaleDraftError(ConflictError):
    """The draft was saved elsewhere meanwhile; nothing has been overwritten."""

    def __init__(self, saved: Draft) -> None:
        self.saved = saved
        super().__init__(say("This draft was saved in another window meanwhile; nothing has been overwritten."))


class StaleVersionError(ConflictError):
    """A newer version came out while this one was being written; nothing has been overwritten."""

    def __init__(self, newest: Version) -> None:
        self.newest = newest
        super().__init__(
            say(
                "Version {number} came out while you were writing. Your text is kept; put the changes together and"
                " publish again.",
                number=newest.number,
            )
        )


@dataclass(frozen=True, slots=True)
class Text:
    """What an author hands in, what it is based on, and the browser window it comes from."""

    title: str
    markdown: str
    note: str
    base: int
    revision: int
    window: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page taken apart, its plans read, and all that is wrong with them, by the line of the page."""

    page: Page
    plans: tuple[Plan | None, ...]
    problems: tuple[Problem, ...]


def read(markdown: str) -> Reading:
    """Take a page apart and read its plans."""
    page = take_apart(markdown)
    plans: list[Plan | None] = []
    problems: list[Problem] = []
    for block in page.plans:
        try:
            plans.append(read_plan(block.text))
        except PlanError as error:
            plans.append(None)
            problems += [
                Problem(block.first_line + found.line - 1, found.value, found.rule, found.suggestion)
                for found in error.problems
            ]
    if len(page.plans) > MOST_CANDIDATES:
        rule = say("A proposal has at most {most} candidates.", most=MOST_CANDIDATES)
        problems.append(Problem(page.plans[MOST_CANDIDATES].first_line, "", rule))
    return Reading(page, tuple(plans), tuple(problems))


def start_redesign(
    session: Session, title: str, audience: str, year: str, days: Mapping[str, date] | None = None
) -> Redesign:
    """Open a redesign with the days of its stages, by the names of the table's columns."""
    redesign = Redesign(title=title, audience=audience, year=year)
    redesign.sqlmodel_update(dict(days or {}))
    session.add(redesign)
    session.flush()
    return redesign


def start_proposal(session: Session, redesign: Redesign, title: str) -> Proposal:
    """Open a proposal under a slug of its own."""
    checked = _title(title)
    base = slug_of(checked)
    slug, number = base, 1
    while queries.by_slug(session, slug):
        number += 1
        slug = f"{base}-{number}"
    proposal = Proposal(redesign_id=redesign.id or 0, slug=slug, title=checked)
    session.add(proposal)
    session.flush()
    return proposal


def slug_of(title: str) -> str:
    """Return a title as it stands in an address."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "proposal"


def _title(title: str) -> str:
    bare = " ".join(title.split())
    if not bare:
        raise InvalidError(say("The title is missing. Give the proposal a name."))
    if len(bare) > 160:  # noqa: PLR2004 - the column's length
        raise InvalidError(say("The title is longer than {most} characters. Shorten it.", most=160))
    return bare


def _checked(text: Text) -> Text:
    if len(text.markdown) > LONGEST_PAGE:
        raise InvalidError(say("The text is longer than {most} characters. Shorten it.", most=LONGEST_PAGE))
    if len(text.note) > 500:  # noqa: PLR2004 - the column's length
        raise InvalidError(say("The note is longer than {most} characters. Shorten it.", most=500))
    return replace(text, title=_title(text.title), note=" ".join(text.note.split()))


def save_draft(session: Session, proposal: Proposal, text: Text, author_id: int) -> Draft:
    """Save what an author is writing; raises StaleDraftError when another window saved since `revision`.

    A revision of 0 means that the author had no draft when the editor was opened. A draft that was to come out by
    itself no longer does: its text is another one now.
    """
    text = _checked(text)
    saved = queries.draft(session, proposal.id or 0, author_id)
    if saved is None:
        draft = Draft(
            proposal_id=proposal.id or 0, author_id=author_id, base=text.base, title=text.title,
            markdown=text.markdown, note=text.note, window=text.window,
        )  # fmt: skip
        session.add(draft)
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            other = queries.draft(session, proposal.id or 0, author_id)
            if other is None:
                raise
            raise StaleDraftError(other) from None
        return draft
    changed = (
        update(Draft)
        .where(col(Draft.id) == saved.id, or_(col(Draft.revision) == text.revision, _same_window(text)))
        .values(
            title=text.title, markdown=text.markdown, note=text.note, base=text.base, revision=Draft.revision + 1,
            saved_at=now(), window=text.window, publish_at=None, held_up="",
        )
    )  # fmt: skip
    if session.execute(changed).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        raise StaleDraftError(saved)
    session.refresh(saved)
    return saved


def _same_window(text: Text) -> ColumnElement[bool]:
    """Match a draft that the same window saved last: it cannot be in conflict with itself."""
    return and_(col(Draft.window) == text.window, true() if text.window else false())


def schedule(session: Session, draft: Draft, at: datetime | None) -> None:
    """Let a draft come out by itself at a moment that is to come, or not at all; raises InvalidError for a past one."""
    if at is not None and at <= now():
        raise InvalidError(say("Choose a moment that is still to come."))
    draft.publish_at, draft.held_up = at, ""
    session.add(draft)
    session.flush()


def take_due(session: Session, draft: Draft) -> bool:
    """Take a draft whose moment has come, for whoever asks first; says whether it was still there to take."""
    taken = (
        update(Draft)
        .where(
            col(Draft.id) == draft.id, col(Draft.publish_at) == draft.publish_at, col(Draft.revision) == draft.revision
        )
        .values(publish_at=None)
    )
    return bool(session.execute(taken).rowcount == 1)  # type: ignore[attr-defined] # a cursor result has it


def hold_up(session: Session, draft: Draft, why: str) -> None:
    """Keep a draft that could not come out by itself, with the reason."""
    session.execute(update(Draft).where(col(Draft.id) == draft.id).values(publish_at=None, held_up=why[:500]))
    session.flush()


def share_draft(session: Session, draft: Draft, people: Iterable[int]) -> None:
    """Let just these people write on a draft beside its author."""
    session.execute(delete(DraftShare).where(col(DraftShare.draft_id) == draft.id))
    session.add_all(
        [DraftShare(draft_id=draft.id or 0, person_id=one) for one in sorted(set(people) - {draft.author_id})]
    )
    session.flush()


def restore(session: Session, proposal: Proposal, number: int, author_id: int) -> Draft:
    """Put an earlier version into an author's draft, to be published as the next one.

    Raises ConflictError when the author has a draft already: nothing that was typed is overwritten.
    """
    version = queries.version(session, proposal.id or 0, number)
    if version is None:
        raise NotFoundError
    if queries.draft(session, proposal.id or 0, author_id):
        raise ConflictError(say("You have a draft already. Publish it or throw it away, then restore the version."))
    note = f"As in version {number} again."
    text = Text(version.title, version.markdown, note, proposal.current, 0)
    return save_draft(session, proposal, text, author_id)


def discard_draft(session: Session, proposal: Proposal, author_id: int) -> None:
    """Throw an author's draft away."""
    draft = queries.draft(session, proposal.id or 0, author_id)
    if draft:
        session.delete(draft)
        session.flush()


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A text fit to be published, taken apart and compared with the version it is based on."""

    text: Text
    reading: Reading
    words: str
    origins: list[int]
    changes: int = 0
    material: bool = False


def prepare(text: Text, before: Version | None = None) -> Manuscript:
    """Check a text and take it apart; slow for a long one, so call it before a session begins to write.

    `before` is the version it is based on. Raises InvalidError for a broken plan, no plan at all, or a missing note.
    """
    text = _checked(text)
    found = read(text.markdown)
    if found.problems:
        raise InvalidError(_broken(found.problems))
    if not len(found.page.plans) >= 1:
        raise InvalidError(say("The proposal has no candidate yet. Add a fenced “plan” block."))
    if text.base > 0 and not text.note:
        raise InvalidError(say("The change note is missing. Say in a sentence what changed and why."))
    blocks = blocks_of(text.markdown)
    words = words_of(blocks)
    if before is None:
        return Manuscript(text, found, words, [text.base + 1] * len(blocks))
    changed = compared(blocks_of(before.markdown), blocks)
    origins = lineage(changed, before.origins, text.base + 1)
    return Manuscript(text, found, words, origins, len(changed.changed), changed.is_material)


def publish_version(
    session: Session, proposal: Proposal, manuscript: Manuscript, author_id: int, at: datetime | None = None
) -> Version:
    """Bring the next version out.

    Raises StaleVersionError when a newer one than the text's base is out: the counter in the proposal's row decides
    between two who publish at once.
    """
    text, found = manuscript.text, manuscript.reading
    turn = (
        update(Proposal)
        .where(col(Proposal.id) == proposal.id, col(Proposal.current) == text.base)
        .values(current=text.base + 1, title=text.title)
    )
    if session.execute(turn).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        session.refresh(proposal)
        newest = queries.version(session, proposal.id or 0, proposal.current)
        if newest is None:
            raise NotFoundError
        raise StaleVersionError(newest)
    version = Version(
        proposal_id=proposal.id or 0, number=text.base + 1, title=text.title, markdown=text.markdown,
        parts=list(found.page.parts), goals=list(found.page.goals), note=text.note, author_id=author_id,
        published_at=at or now(), origins=manuscript.origins, changes=manuscript.changes, material=manuscript.material,
    )  # fmt: skip
    session.add(version)
    session.flush()
    session.add_all(_candidates(version, found))
    let_find(session, proposal, version, manuscript.words, [plan for plan in found.plans if plan])
    discard_draft(session, proposal, author_id)
    session.flush()
    session.refresh(proposal)
    return version


def let_find(session: Session, proposal: Proposal, version: Version, words: str, plans: Iterable[Plan]) -> None:
    """Let the newest version and its candidates be found, in the place of those before."""
    key, here, at = proposal.id or 0, f"/proposals/{proposal.slug}", version.published_at
    search.put(session, Entry("proposal", proposal.slug, key, here, version.title, words, at))
    search.drop_of(session, "candidate", key)
    for place, plan in enumerate(plans):
        letter = chr(ord("a") + place)
        said = " ".join([plan.summary, *map(str, sentences_of(plan))])
        ref, address = f"{proposal.slug}/{letter}", f"{here}#candidate-{letter}"
        search.put(session, Entry("candidate", ref, key, address, plan.name, said, at))


def words_of(blocks: Iterable[Block]) -> str:
    """Return the words of a page, its plans left out: they are found by themselves."""
    return "\n".join(block.text for block in blocks if block.kind != "plan")


def _candidates(version: Version, found: Reading) -> list[Candidate]:
    return [
        Candidate(
            version_id=version.id or 0, key=chr(ord("a") + position), position=position, name=plan.name,
            text=block.text, digest=plan.digest,
        )
        for position, (block, plan) in enumerate(zip(found.page.plans, found.plans, strict=True))
        if plan is not None
    ]  # fmt: skip


def _broken(problems: tuple[Problem, ...]) -> Sentence:
    first = problems[0]
    return say(
        "A plan cannot be read, so this stays a draft. Line {line}: {value} {rule}",
        line=first.line,
        value=f"“{first.value}”" if first.value else "",
        rule=first.rule,
    )


def mark_read(session: Session, slug: str, number: int, person_id: int) -> None:
    """Note that somebody has read a version; a second time changes nothing."""
    found = queries.edition(session, slug, number)
    if found is None:
        raise NotFoundError
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    mark = insert(ReadMark).values(person_id=person_id, version_id=found.version_id, at=now())
    kept = session.execute(mark.on_conflict_do_nothing().returning(col(ReadMark.version_id))).first()
    if kept is None:
        return
    session.execute(update(Version).where(col(Version.id) == found.version_id).values(readers=Version.readers + 1))
    session.flush()


def put_in_force(session: Session, text: str, since: date, *, is_starter: bool = False) -> PlanInForce:
    """Let a plan pay everybody from a day on; raises InvalidError for one that cannot be read."""
    try:
        read_plan(text)
    except PlanError as error:
        raise InvalidError(_broken(error.problems)) from None
    plan = PlanInForce(since=since, text=text, is_starter=is_starter)
    session.add(plan)
    session.flush()
    return plan


def count_comments(
    session: Session, proposal_id: int, *, comments: int = 0, answered: int = 0, accepted: int = 0
) -> None:
    """Move a proposal's counters, in the transaction of the change they count."""
    session.execute(
        update(Proposal)
        .where(col(Proposal.id) == proposal_id)
        .values(
            comments=Proposal.comments + comments,
            answered=Proposal.answered + answered,
            accepted=Proposal.accepted + accepted,
        )
    )
