"""The format of an archive's `proposal.json`; the texts of the versions are separate markdown files.

An archive does not contain votes, read marks, drafts or pay. An anonymous variant has no author in it either.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from server.comp.analysis.own_quotas import OwnQuotas
from server.discussion.models import COMMENT_KINDS, PAY_IMPACTS, CommentState
from server.documents.models import DocumentKind
from server.people.models import Role
from server.text.markdown import MAX_COMMENT

FORMAT = "townhall proposal 2"
FORMER_FORMAT = "townhall proposal 1"
DESCRIPTION = "proposal.json"
MAX_VERSIONS, MAX_PEOPLE, MAX_COMMENTS, MAX_VARIANTS = 1_000, 10_000, 50_000, 1_000

Ulid = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


def _in_utc(moment: datetime) -> datetime:
    if not _YEAR_RANGE[0] <= moment.year <= _YEAR_RANGE[1]:
        raise ValueError("the year must be between 1970 and 2200")
    return moment.astimezone(UTC)


_YEAR_RANGE = (1970, 2200)
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
AboutKey = Annotated[str, Field(max_length=20, pattern=r"^(|today|[a-f]|variant [0-9]{1,6})$")]
"""What a comment or variant is about: the document (empty), today's plan, a candidate or a variant."""


class _ArchiveModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_FORMER_STATES = {"not_taken": "declined", "parked": "postponed"}


def _field_with_alias(name: str, former: str, **constraints: Any) -> Any:
    """Declare a field that has a former name in archives of format 1."""
    return Field(validation_alias=AliasChoices(name, former), **constraints)


def _current_state(value: object) -> object:
    return _FORMER_STATES.get(value, value) if isinstance(value, str) else value


class ArchivedPerson(_ArchiveModel):
    """A person who wrote or answered."""

    id: Ulid
    name: str = Field(min_length=1, max_length=120)
    role: Role
    title: str = Field(max_length=80)


class ArchivedRedesign(_ArchiveModel):
    """The redesign that the document belongs to, with the dates of its stages."""

    id: Ulid
    title: str = Field(max_length=120)
    audience: str = Field(max_length=120)
    year: str = Field(max_length=20)
    drafted_on: date | None
    feedback_until: date | None
    vote_from: date | None
    vote_until: date | None
    decided_on: date | None
    in_force_on: date | None
    is_limited: bool = False
    """Whether it was not for everyone; who imports it then chooses its readers."""
    allow_anonymous: bool = _field_with_alias("allow_anonymous", "without_names", default=False)
    vote_override_reason: str = _field_with_alias(
        "vote_override_reason",
        "opened_why",
        default="",
        max_length=500,
    )
    own_quotas: OwnQuotas = OwnQuotas.scaled


class ArchivedVersion(_ArchiveModel):
    """A version; `file` is the name of the file with its text."""

    number: int = Field(ge=1, le=MAX_VERSIONS)
    title: str = Field(max_length=160)
    note: str = Field(max_length=500)
    author: Ulid
    published_at: Moment
    wording_only: bool = False
    file: str = Field(max_length=40, pattern=r"^versions/v[0-9]{1,6}\.md$")


class ArchivedVariant(_ArchiveModel):
    """A variant with its number in the archive; a withdrawn one keeps only its number."""

    number: int = Field(ge=1, le=MAX_VARIANTS)
    withdrawn: bool
    version: Count
    base: AboutKey
    author: Ulid | None
    text: str = Field(max_length=200_000)
    reason: str = Field(max_length=600)
    published_on: date
    promoted_in: Count | None


class ArchivedComment(_ArchiveModel):
    """A comment or reply, with its answer and the block that includes it."""

    id: Ulid
    parent: Ulid | None
    version: Count
    about: AboutKey
    author: Ulid | None
    kind: Literal["", *COMMENT_KINDS]  # type: ignore[valid-type]
    goal: Count | None
    block: Count | None = None
    start: Count | None = None
    quote: str = Field(default="", max_length=600)
    term: str = Field(default="", max_length=120)
    suggestion: str | None = _field_with_alias("suggestion", "wanted", default=None, max_length=4000)
    hides_name: bool = _field_with_alias("hides_name", "nameless", default=False)
    pay_impact: Literal["", *PAY_IMPACTS] = _field_with_alias(  # type: ignore[valid-type] # keys are values
        "pay_impact", "band"
    )
    text: str = Field(max_length=MAX_COMMENT)
    state: Annotated[CommentState, BeforeValidator(_current_state)]
    reason: str = Field(max_length=500)
    postponed_until: date | None = _field_with_alias("postponed_until", "parked_until")
    in_version: Count | None
    in_block: Count | None = None
    answered_by: Ulid | None
    answered_at: Moment | None
    created_at: Moment
    edited_at: Moment | None
    deleted_at: Moment | None
    revision: int = Field(ge=1, le=1_000_000)


class Archive(_ArchiveModel):
    """The content of `proposal.json`."""

    format: Literal["townhall proposal 1", "townhall proposal 2"]
    kind: DocumentKind
    slug: str = Field(min_length=1, max_length=80)
    redesign: ArchivedRedesign
    people: list[ArchivedPerson] = Field(max_length=MAX_PEOPLE)
    versions: list[ArchivedVersion] = Field(min_length=1, max_length=MAX_VERSIONS)
    variants: list[ArchivedVariant] = Field(max_length=MAX_VARIANTS)
    comments: list[ArchivedComment] = Field(max_length=MAX_COMMENTS)
