"""Reads the form of a plan; the names of its fields depend on the plan, so the form has no model."""

from typing import Annotated

from fastapi import Depends, Request

from server.web.forms import MAX_FIELDS

MAX_LENGTH = 70_000
"""Characters of a field that are kept."""


async def read_fields(request: Request) -> dict[str, str]:
    """Return the values of the form's fields by name, shortened to MAX_LENGTH."""
    form = await request.form(max_fields=MAX_FIELDS)
    fields = {name: value.replace("\x00", "") for name, value in form.items() if isinstance(value, str)}
    return {name: value[:MAX_LENGTH] for name, value in fields.items()}


PlanFields = Annotated[dict[str, str], Depends(read_fields)]
