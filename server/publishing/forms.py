"""The form a browser may send about the stages of a redesign."""

from datetime import date
from typing import ClassVar

from pydantic import Field, field_validator

from server.comp.analysis.own_quotas import OwnQuotas
from server.web.forms import BaseForm

STAGE_DAYS = ("drafted_on", "feedback_until", "vote_from", "vote_until", "decided_on", "in_force_on")
"""The columns of a redesign's stage dates, in order."""


class StagesForm(BaseForm):
    """Dates of the stages, and the redesign's rules: anonymous comments, a vote despite concerns, own quotas."""

    former_names: ClassVar = {"without_names": "allow_anonymous", "opened_why": "vote_override_reason"}

    drafted_on: date | None = None
    feedback_until: date | None = None
    vote_from: date | None = None
    vote_until: date | None = None
    decided_on: date | None = None
    in_force_on: date | None = None
    allow_anonymous: bool = False
    vote_override_reason: str = Field(default="", max_length=500)
    own_quotas: OwnQuotas = OwnQuotas.scaled
    shows_company_impact: bool = False

    @field_validator(*STAGE_DAYS, mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class ResultForm(BaseForm):
    """What came of a redesign."""

    result: str = Field(default="", max_length=2000)
