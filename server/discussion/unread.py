"""What a reader has not seen of a discussion, by thread, as names that a cached page asks for."""

from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter

from sqlmodel import Session, col, select

from server.db.upsert import insert
from server.discussion.models import Comment, LastSeen

NEVER = "never looked"
"""True for a reader who has never opened the discussion; nothing is new to them yet."""
_MAX_THREADS = 500


class UnreadThreads(Collection[str]):
    """The names that are true for a reader: `new THREAD COMMENT AUTHOR` for each thread with something unseen."""

    def __init__(self, seen: int | None, threads: str, person_id: int) -> None:
        self._seen, self._person = seen, person_id
        self._threads = _seen_by_thread(threads)

    def __contains__(self, name: object) -> bool:
        """Return whether a name is true for the reader."""
        if self._seen is None:
            return name == NEVER
        if not isinstance(name, str) or not name.startswith("new "):
            return False
        _, thread, comment, author = name.split(" ")
        return int(comment) > max(self._seen, self._threads.get(int(thread), 0)) and int(author) != self._person

    def __iter__(self) -> Iterator[str]:
        """Iterate over nothing: there is no end of names."""
        return iter(())

    def __len__(self) -> int:
        """Return 0: there is no end of names."""
        return 0


def unread_threads(session: Session, proposal_id: int, person_id: int) -> UnreadThreads:
    """Return the names of what a person has not seen of a proposal's discussion."""
    visit = session.get(LastSeen, (person_id, proposal_id))
    return UnreadThreads(visit.seen, visit.threads, person_id) if visit else UnreadThreads(None, "", person_id)


def record_visit(session: Session, proposal_id: int, person_id: int, until: int) -> None:
    """Record the last comment that a person has seen of a discussion; an earlier one changes nothing."""
    row = insert(session, LastSeen).values(person_id=person_id, proposal_id=proposal_id, seen=until, threads="")
    upsert = row.on_conflict_do_update(
        index_elements=["person_id", "proposal_id"], set_={"seen": row.excluded.seen}, where=col(LastSeen.seen) < until
    )
    session.execute(upsert)


def record_thread_visit(session: Session, thread: Comment, person_id: int, until: int) -> None:
    """Record the last comment that a person has seen of a thread, unless they have never opened the discussion."""
    statement = select(LastSeen).where(LastSeen.person_id == person_id, LastSeen.proposal_id == thread.proposal_id)
    visit = session.exec(statement.with_for_update()).first()
    if visit is None or thread.id is None:
        return
    seen_by_thread = {key: seen for key, seen in _seen_by_thread(visit.threads).items() if seen > visit.seen}
    seen_by_thread[thread.id] = max(until, seen_by_thread.get(thread.id, 0))
    newest = sorted(seen_by_thread.items(), key=itemgetter(1))[-_MAX_THREADS:]
    visit.threads = " ".join(f"{key}:{seen}" for key, seen in newest)
    session.add(visit)
    session.flush()


def _seen_by_thread(threads: str) -> Mapping[int, int]:
    pairs = (pair.split(":") for pair in threads.split())
    return {int(key): int(seen) for key, seen in pairs}
