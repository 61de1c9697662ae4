"""What stands in `proposal.json` of a bundle; the texts of the versions stand beside it as markdown.

Not in a bundle: votes, who has read what, drafts, and anybody's pay. An anonymous variant has no author in it either.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from server.discussion.models import BANDS, KINDS, State
from server.documents.models import Kind
from server.people.models import Role
from server.text.markdown import LONGEST_COMMENT

FORMAT = "townhall proposal 1"
DESCRIPTION = "proposal.json"
MOST_VERSIONS, MOST_PEOPLE, MOST_COMMENTS, MOST_VARIANTS = 1_000, 10_000, 50_000, 1_000

Ulid = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


def _in_utc(moment: datetime) -> datetime:
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise ValueError("the year must lie between 1970 and 2200")
    return moment.astimezone(UTC)


_YEARS = (1970, 2200)
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Place = Annotated[str, Field(max_length=20, pattern=r"^(|today|[a-f]|variant [0-9]{1,6})$")]
"""What something is about: the whole, today's plan, a candidate by its letter, or a variant by its number here."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BundledPerson(_Part):
    """Somebody who wrote or answered, as the pages call them."""

    id: Ulid
    name: str = Field(min_length=1, max_length=120)
    role: Role
    title: str = Field(max_length=80)


class BundledRedesign(_Part):
    """The redesign it belongs to, with the days of its stages."""

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
    without_names: bool = False
    opened_why: str = Field(default="", max_length=500)


class BundledVersion(_Part):
    """A version; its text is the file of this name."""

    number: int = Field(ge=1, le=MOST_VERSIONS)
    title: str = Field(max_length=160)
    note: str = Field(max_length=500)
    author: Ulid
    published_at: Moment
    file: str = Field(max_length=40, pattern=r"^versions/v[0-9]{1,6}\.md$")


class BundledVariant(_Part):
    """A variant by its number in the bundle; of a withdrawn one nothing is left but that."""

    number: int = Field(ge=1, le=MOST_VARIANTS)
    withdrawn: bool
    version: Count
    base: Place
    author: Ulid | None
    text: str = Field(max_length=200_000)
    reason: str = Field(max_length=600)
    published_on: date
    promoted_in: Count | None


class BundledComment(_Part):
    """A comment or reply, with where it ended."""

    id: Ulid
    parent: Ulid | None
    version: Count
    about: Place
    author: Ulid | None
    kind: Literal["", *KINDS]  # type: ignore[valid-type]
    goal: Count | None
    block: Count | None = None
    start: Count | None = None
    quote: str = Field(default="", max_length=600)
    term: str = Field(default="", max_length=120)
    wanted: str | None = Field(default=None, max_length=4000)
    nameless: bool = False
    band: Literal["", *BANDS]  # type: ignore[valid-type] # the keys of the table are the values
    text: str = Field(max_length=LONGEST_COMMENT)
    state: State
    reason: str = Field(max_length=500)
    parked_until: date | None
    in_version: Count | None
    in_block: Count | None = None
    answered_by: Ulid | None
    answered_at: Moment | None
    created_at: Moment
    edited_at: Moment | None
    deleted_at: Moment | None
    revision: int = Field(ge=1, le=1_000_000)


class Bundle(_Part):
    """The whole."""

    format: Literal["townhall proposal 1"]
    kind: Kind
    slug: str = Field(min_length=1, max_length=80)
    redesign: BundledRedesign
    people: list[BundledPerson] = Field(max_length=MOST_PEOPLE)
    versions: list[BundledVersion] = Field(min_length=1, max_length=MOST_VERSIONS)
    variants: list[BundledVariant] = Field(max_length=MOST_VARIANTS)
    comments: list[BundledComment] = Field(max_length=MOST_COMMENTS)
