"""What is new to a reader since they last looked, and how a page that is kept for everybody says it."""

from collections.abc import Collection, Iterator

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from server.discussion.models import Visit


class News(Collection[str]):
    """The names of the holes that are new to one reader: `new COMMENT AUTHOR`, later than what they have seen."""

    def __init__(self, seen: int | None, person_id: int) -> None:
        self._seen, self._person = seen, person_id

    def __contains__(self, name: object) -> bool:
        """Say whether a name is that of something new; to somebody who has never looked nothing is."""
        if self._seen is None or not isinstance(name, str) or not name.startswith("new "):
            return False
        _, comment, author = name.split(" ")
        return int(comment) > self._seen and int(author) != self._person

    def __iter__(self) -> Iterator[str]:
        """Return nothing: the names are endless."""
        return iter(())

    def __len__(self) -> int:
        """Return nothing: the names are endless."""
        return 0


def note_seen(session: Session, proposal_id: int, person_id: int, until: int) -> None:
    """Note up to which comment somebody has seen a discussion; it never goes back."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Visit).values(person_id=person_id, proposal_id=proposal_id, seen=until)
    later = row.on_conflict_do_update(
        index_elements=["person_id", "proposal_id"], set_={"seen": row.excluded.seen}, where=col(Visit.seen) < until
    )
    session.execute(later)
