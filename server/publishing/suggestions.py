"""Taking up a suggestion: its words go into the manager's draft, with credit, and its author hears of it."""

from sqlmodel import Session

from server.comp.wording import say
from server.discussion import queries as discussion
from server.discussion import service as discussing
from server.discussion.models import Comment, State
from server.errors import ConflictError, InvalidError, NotFoundError
from server.people import queries as people
from server.people.queries import Viewer
from server.proposals import queries as proposals
from server.proposals import service as proposing
from server.proposals.models import Draft, Shelfmark
from server.publishing.desk import Desk, sit_down
from server.text.anchors import Follower, Spot
from server.text.blocks import blocks_of
from server.text.rewording import reworded

LONGEST_NOTE = 500


def take_up(session: Session, ulid: str, viewer: Viewer) -> Desk:
    """Put the words that a comment suggests into the draft that a manager writes on; returns the desk it is on.

    Raises NotFoundError for a comment that suggests nothing, and ConflictError or InvalidError when its words are no
    longer in the draft, or are set so that it must be done by hand.
    """
    comment = discussion.comment(session, ulid)
    if comment is None or comment.wanted is None or comment.term or comment.deleted_at or comment.hidden_at:
        raise NotFoundError
    desk = sit_down(session, Shelfmark(proposals.slug_of(session, comment.proposal_id)), viewer)
    base = proposals.version(session, desk.key, desk.proposal.current)
    seat = discussion.seat_of(session, comment.id or 0, base.id or 0) if base else None
    if base is None or seat is None:
        raise ConflictError(say("The words that this is about are no longer in the text."))
    markdown = desk.draft.markdown if desk.draft else base.markdown
    blocks = blocks_of(markdown)
    spot = Follower(blocks_of(base.markdown), blocks).place(seat).spot
    if spot is None:
        raise ConflictError(say("The words that this is about are no longer in your draft."))
    changed = reworded(markdown, blocks, Spot(spot.block, spot.start, spot.end), comment.wanted)
    if changed is None:
        raise InvalidError(
            say("These words are set in a way that only you can change. Open the editor and do it there.")
        )
    _save(session, desk, comment, changed, base.title)
    if comment.state == State.open:
        given = discussing.prepare_answer(State.accepted, "", seen=State.open)
        discussing.answer(session, ulid, given, viewer.id)
    return desk


def _save(session: Session, desk: Desk, comment: Comment, markdown: str, title: str) -> Draft:
    name = people.name_of(session, comment.author_id) if comment.author_id else "a colleague"
    credit = f"Wording by {name}."
    draft = desk.draft
    note = draft.note if draft else ""
    if credit not in note and len(note) + len(credit) < LONGEST_NOTE:
        note = f"{note} {credit}".strip()
    text = proposing.Text(
        draft.title if draft else title, markdown, note, draft.base if draft else desk.proposal.current,
        draft.revision if draft else 0,
    )  # fmt: skip
    return proposing.save_draft(session, desk.proposal, text, desk.owner_id)
