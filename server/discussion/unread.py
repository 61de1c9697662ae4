"""What is new to a reader since they last looked, thread by thread, and how a page kept for everybody says it."""

from collections.abc import Collection, Iterator, Mapping

from sqlmodel import Session, col, select

from server.db.upsert import insert
from server.discussion.models import Comment, LastSeen

NEVER = "never looked"
"""Holds for a reader who has never looked at the discussion: to them nothing is new yet."""
_MOST_THREADS = 500


class UnreadThreads(Collection[str]):
    """The names that are true for one reader: `new THREAD COMMENT AUTHOR` of what is later than what they have seen."""

    def __init__(self, seen: int | None, threads: str, person_id: int) -> None:
        self._seen, self._person = seen, person_id
        self._threads = _read(threads)

    def __contains__(self, name: object) -> bool:
        """Say whether a name is that of something new."""
        if self._seen is None:
            return name == NEVER
        if not isinstance(name, str) or not name.startswith("new "):
            return False
        _, thread, comment, author = name.split(" ")
        return int(comment) > max(self._seen, self._threads.get(int(thread), 0)) and int(author) != self._person

    def __iter__(self) -> Iterator[str]:
        """Return nothing: the names are endless."""
        return iter(())

    def __len__(self) -> int:
        """Return nothing: the names are endless."""
        return 0


def unread_threads(session: Session, proposal_id: int, person_id: int) -> UnreadThreads:
    """Return what is new to somebody on a proposal."""
    visit = session.get(LastSeen, (person_id, proposal_id))
    return UnreadThreads(visit.seen, visit.threads, person_id) if visit else UnreadThreads(None, "", person_id)


def record_visit(session: Session, proposal_id: int, person_id: int, until: int) -> None:
    """Note up to which comment somebody has seen a discussion; it never goes back."""
    row = insert(session, LastSeen).values(person_id=person_id, proposal_id=proposal_id, seen=until, threads="")
    later = row.on_conflict_do_update(
        index_elements=["person_id", "proposal_id"], set_={"seen": row.excluded.seen}, where=col(LastSeen.seen) < until
    )
    session.execute(later)


def record_thread_visit(session: Session, thread: Comment, person_id: int, until: int) -> None:
    """Note up to which comment somebody has seen one thread; to whoever has never looked nothing is new anyway."""
    held = select(LastSeen).where(LastSeen.person_id == person_id, LastSeen.proposal_id == thread.proposal_id)
    visit = session.exec(held.with_for_update()).first()
    if visit is None or thread.id is None:
        return
    known = {key: seen for key, seen in _read(visit.threads).items() if seen > visit.seen}
    known[thread.id] = max(until, known.get(thread.id, 0))
    kept = sorted(known.items(), key=lambda one: one[1])[-_MOST_THREADS:]
    visit.threads = " ".join(f"{key}:{seen}" for key, seen in kept)
    session.add(visit)
    session.flush()


def _read(threads: str) -> Mapping[int, int]:
    pairs = (one.split(":") for one in threads.split())
    return {int(key): int(seen) for key, seen in pairs}
