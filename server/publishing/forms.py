"""What a browser may send about the stages of a redesign."""

from datetime import date

from pydantic import Field, field_validator

from server.people.forms import BaseForm

STAGE_DAYS = ("drafted_on", "feedback_until", "vote_from", "vote_until", "decided_on", "in_force_on")
"""The days of a redesign's stages, in order."""


class StagesForm(BaseForm):
    """The days of the stages, whether comments may be without a name, and why a vote opens over open concerns."""

    drafted_on: date | None = None
    feedback_until: date | None = None
    vote_from: date | None = None
    vote_until: date | None = None
    decided_on: date | None = None
    in_force_on: date | None = None
    allow_anonymous: bool = False
    vote_override_reason: str = Field(default="", max_length=500)

    @field_validator(*STAGE_DAYS, mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None
