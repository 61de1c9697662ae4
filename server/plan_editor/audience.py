"""Reads the form of a plan to put in force: the plan, its days, whom it pays, and how levels are mapped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from server.errors import InvalidError
from server.messages import message
from server.people import queries as people_queries
from server.plan_editor.form import PlanEdit, plan_edit
from server.plans_in_force import queries
from server.plans_in_force.service import Audience, NewPlan
from server.text.unicode import composed

_ADDRESS = re.compile(r"^[^<]*<([^<>@]+@[^<>]+)>$")
"""A person as mail programs write them: “Dana Kim <dana@example.com>”."""
CONDITIONS = ("title", "level", "region")
"""What an audience can be chosen by; a checked box is named `title:Account executive`."""
_LABELS = {"title": message("job title"), "level": message("level"), "region": message("region")}
LEVEL = "is paid as:"
"""Prefix of the fields that say which level of the plan pays a level that people hold."""
Conditions = Mapping[str, tuple[str, ...]]
NO_CONDITIONS: Conditions = dict.fromkeys(CONDITIONS, ())


@dataclass(frozen=True, slots=True)
class NewPlanEdit:
    """A plan to put in force as the form has it: days and people as typed, the chosen values of each condition."""

    plan: PlanEdit
    since: str = ""
    until: str = ""
    chosen: Conditions = field(default_factory=lambda: NO_CONDITIONS)
    people: str = ""
    note: str = ""
    level_mapping: Mapping[str, str] = field(default_factory=dict)

    def new_plan(self, session: Session) -> NewPlan:
        """Return the plan to put in force; raises InvalidError for a day or a person that cannot be read."""
        if not self.since.strip():
            raise InvalidError(message("Enter the plan's first day."))
        audience = read_audience(session, self.chosen, self.people)
        until = _day(self.until) if self.until.strip() else None
        return NewPlan(self.plan.text, _day(self.since), until, audience, self.note)


def read_audience(session: Session, chosen: Conditions, people: str) -> Audience:
    """Return an audience from the chosen values and people, one a line; raises InvalidError for an unknown one."""
    audience = Audience(chosen["title"], chosen["level"], chosen["region"], people_ids(session, people))
    _check_conditions(session, chosen)
    return audience


def chosen_conditions(fields: Mapping[str, str]) -> Conditions:
    """Return the values of each condition that are checked in a form."""
    checked = [name.partition(":")[::2] for name, value in fields.items() if ":" in name and value == "yes"]
    return {name: tuple(value for kind, value in checked if kind == name) for name in CONDITIONS}


def known_conditions(session: Session) -> dict[str, set[str]]:
    """Return the titles, levels and regions that reps have, by the name of the condition."""
    people = queries.paid_people(session, people_queries.company_today(session))
    return {
        "title": {person.title for person in people} - {""},
        "level": {person.level for person in people} - {""},
        "region": {person.region for person in people} - {""},
    }


def _check_conditions(session: Session, chosen: Conditions) -> None:
    """Raise InvalidError for a title, level or region that no rep has: a typing error would leave people unpaid."""
    known = known_conditions(session)
    for name, values in chosen.items():
        folded = {value.casefold() for value in known[name]}
        for value in values:
            if value.casefold() not in folded:
                raise InvalidError(
                    message(
                        "No rep has the {condition} “{value}”. Reps have: {known}.",
                        condition=_LABELS[name],
                        value=value,
                        known=", ".join(sorted(known[name])) or "–",
                    )
                )


def new_plan_edit(fields: Mapping[str, str]) -> NewPlanEdit:
    """Return the edit that a form sends."""
    return NewPlanEdit(
        plan_edit(fields),
        fields.get("since", ""),
        fields.get("until", ""),
        chosen_conditions(fields),
        fields.get("people", ""),
        fields.get("note", ""),
        level_mapping(fields),
    )


def level_mapping(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the plan's level for each level that people hold, where one is chosen."""
    return {name.removeprefix(LEVEL): value for name, value in fields.items() if name.startswith(LEVEL) and value}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        sentence = message("“{text}” is not a day. Write it like 2027-01-31.", text=text.strip()[:40])
        raise InvalidError(sentence) from None


def people_ids(session: Session, text: str) -> tuple[int, ...]:
    """Return the ids of people named by name or e-mail address, one a line."""
    lines = [_ADDRESS.sub(r"\1", " ".join(composed(line).split()).rstrip(",;")) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return ()
    ids_by_name: dict[str, set[int]] = {}
    for person in people_queries.list_people(session):
        for name in {person.name.casefold(), (person.email or person.name).casefold()}:
            ids_by_name.setdefault(name, set()).add(person.id)
    ids: list[int] = []
    for line in lines:
        matches = ids_by_name.get(line.casefold(), set())
        name = line[:120]
        if not matches:
            raise InvalidError(message("No one is called “{name}”. Check the name, or use the address.", name=name))
        if len(matches) > 1:
            raise InvalidError(message("Several people are called “{name}”. Use the e-mail address.", name=name))
        ids += matches
    return tuple(ids)
