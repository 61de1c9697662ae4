"""The table of the search index; each database has its own full-text index over it, see the migrations."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment
from server.page_cache import NO_PAGES


class SearchEntry(SQLModel, table=True):
    """An entry of the index: its URL, the text to show, and the terms it is found by.

    Only what every signed-in person may read is indexed: no drafts, nothing withdrawn, nothing about anyone's
    pay.
    """

    __tablename__ = "search_entries"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("kind", "ref"),)

    id: int = Field(default=None, primary_key=True)
    kind: str = Field(max_length=12)
    ref: str = Field(max_length=120)
    proposal_id: int = Field(index=True)
    url: str = Field(max_length=200)
    title: str = Field(max_length=200)
    body: str = Field(sa_type=Text)
    terms: str = Field(sa_type=Text)
    at: datetime = moment()
