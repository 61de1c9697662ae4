"""Queries of the signed-in person, what their role may see and do, and their sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import bindparam, column, exists, table
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from server.people.models import Company, Person, Role, UserSession
from server.people.queries.people import is_paid


class Permissions:
    """What a role may see and do."""

    __slots__ = ()
    role: Role
    is_paid: bool
    """Whether a plan pays this person; see `paid_people`."""

    @property
    def is_manager(self) -> bool:
        """Return whether this person publishes and answers comments."""
        return self.role in {Role.manager, Role.admin}

    @property
    def is_admin(self) -> bool:
        """Return whether this person manages people and imports."""
        return self.role == Role.admin

    @property
    def sees_impact(self) -> bool:
        """Return whether this person sees the aggregate impact of plans."""
        return self.role in {Role.manager, Role.executive, Role.admin}

    @property
    def reads_all_redesigns(self) -> bool:
        """Return whether this person reads redesigns that are for others, too."""
        return self.sees_impact

    @property
    def can_vote(self) -> bool:
        """Return whether this person votes on candidates; who answers for a proposal does not."""
        return self.role == Role.rep


@dataclass(frozen=True, slots=True)
class RoleViewer(Permissions):
    """A reader known only by role and whether they are paid, for a page rendered once for all of these.

    The rest are placeholders.
    """

    role: Role
    is_paid: bool
    zone: str
    ulid: Markup
    name: Markup
    initials: Markup
    unread: Markup
    keys: Markup


@dataclass(frozen=True, slots=True)
class Viewer(Permissions):
    """The signed-in person, with what a page needs."""

    id: int
    ulid: str
    name: str
    role: Role
    is_paid: bool
    session_id: int
    token_hash: str
    seen_at: datetime
    unread: int = 0
    lacks_second_factor: bool = False
    """Whether the company asks for a second factor that this person has not set up."""
    is_any_limited: bool = False
    """Whether any redesign is not for everyone."""
    zone: str = "UTC"
    """The time zone that this person chose for notifications, or else the company's."""

    uses_keys: bool = True

    @property
    def keys(self) -> str:
        """“off” if single keys do nothing for this person."""
        return "" if self.uses_keys else "off"

    @property
    def initials(self) -> str:
        """The first letters of the first and last name, for the avatar."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    def as_role_viewer(self, placeholder: Callable[[str], Markup]) -> RoleViewer:
        """Return a viewer with placeholders, for a page that is rendered once for everyone in the role."""
        own = map(placeholder, ("ulid", "name", "initials", "unread", "keys"))
        return RoleViewer(self.role, self.is_paid, self.zone, *own)


_NOTICES = table("notices", column("person_id"), column("read_at"))
"""A table of the notifications package, which this one may not import; every page counts unread notices."""
_REDESIGNS = table("redesigns", column("is_for_everyone"))
"""A table of the documents package, which this one may not import; so that pages of most companies ask no more."""
_NOTICE_SETTINGS = table("notice_settings", column("person_id"), column("time_zone"))
"""A table of the notifications package; every time on a page is in the reader's zone."""
_OWN_ZONE = (
    sa_select(_NOTICE_SETTINGS.c.time_zone)
    .where(_NOTICE_SETTINGS.c.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)
_COMPANY_ZONE = sa_select(col(Company.time_zone)).limit(1).scalar_subquery()
_UNREAD = (
    sa_select(func.count())
    .where(_NOTICES.c.person_id == Person.id, _NOTICES.c.read_at.is_(None))
    .correlate(Person)
    .scalar_subquery()
)
_VIEWER = (
    select(  # type: ignore[call-overload]
        Person.id,
        Person.ulid,
        Person.name,
        Person.role,
        is_paid(),
        UserSession.id,
        UserSession.seen_at,
        _UNREAD,
        (col(Person.role) == Role.admin)
        & col(Person.second_factor_since).is_(None)
        & exists().where(col(Company.admins_need_second_factor).is_(True)),
        exists().where(_REDESIGNS.c.is_for_everyone.is_(False)),
        func.coalesce(func.nullif(_OWN_ZONE, ""), func.nullif(_COMPANY_ZONE, ""), "UTC"),
        Person.uses_keys,
    )
    .join(UserSession, col(UserSession.person_id) == col(Person.id))
    .where(
        UserSession.token_hash == bindparam("token"),
        col(Person.active).is_(True),
        col(UserSession.created_at) > bindparam("oldest"),
        col(UserSession.seen_at) > bindparam("idle"),
    )
)
"""Built once: every request runs it."""


def viewer_by_token(session: Session, token_hash: str, oldest: datetime, idle_since: datetime) -> Viewer | None:
    """Return the person of a session that is neither too old nor idle for too long, or None."""
    row = session.connection().execute(_VIEWER, {"token": token_hash, "oldest": oldest, "idle": idle_since}).first()
    if row is None:
        return None
    key, ulid, name, role, is_paid_, session_id, seen_at, unread, *rest = row
    lacks_second_factor, is_any_limited, zone, uses_keys = rest
    return Viewer(
        id=key,
        ulid=ulid,
        name=name,
        role=Role(role),
        is_paid=bool(is_paid_),
        session_id=session_id,
        token_hash=token_hash,
        seen_at=seen_at,
        unread=unread,
        lacks_second_factor=bool(lacks_second_factor),
        is_any_limited=bool(is_any_limited),
        zone=zone,
        uses_keys=bool(uses_keys),
    )


def active_sessions(session: Session, person_id: int) -> Sequence[UserSession]:
    """Return a person's sessions, last used first."""
    statement = select(UserSession).where(UserSession.person_id == person_id).order_by(col(UserSession.seen_at).desc())
    return session.exec(statement).all()
