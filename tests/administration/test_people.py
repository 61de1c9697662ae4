"""The list of people and a person's page: adding, changing, levels, managers, quotas, several at once."""

from datetime import date

import pytest
from sqlmodel import select

from server.accounts.models import AccountMail, AccountMailKind
from server.audit.models import AuditEntry
from server.people import queries as people_queries
from server.people.models import PersonalTerms
from tests.conftest import Townhall


def page_of(townhall: Townhall, name: str) -> str:
    return f"/people/{townhall.person(name).ulid}"


def values(townhall: Townhall, of: str, /, **changed: object) -> dict[str, object]:
    """Return the form of a person as they are, with some fields changed."""
    person = townhall.person(of)
    known = {"name": person.name, "email": person.email or "", "role": str(person.role), "title": person.title}
    return {**known, "region": person.region, "started": "", "left": "", **changed}


def actions(townhall: Townhall) -> list[tuple[str, str, str]]:
    with townhall.database.reading() as session:
        return [
            (entry.action, entry.subject, entry.values.get("what", ""))
            for entry in session.exec(select(AuditEntry).order_by(AuditEntry.id))  # type: ignore[arg-type]
        ]


def test_adding_a_person(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    answer = admin.submit("/people", name="  Fresh   Face ", email="fresh@example.com", role="rep", region="Chicago")
    assert answer.status_code == 303
    assert "Fresh Face" in admin.get(answer.headers["location"]).text
    assert actions(townhall) == [("person added", "Fresh Face", "")]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "role": "rep"},
        {"name": "X", "role": "owner"},
        {"name": "X", "role": "rep", "email": "dana@example.com"},
        {"name": "X", "role": "rep", "email": "not an address"},
        {"name": "X", "role": "rep", "started": "2027-02-01", "left": "2027-01-01"},
    ],
)
def test_a_person_who_cannot_be_added_is_explained_and_the_form_keeps_it(
    townhall: Townhall, fields: dict[str, str]
) -> None:
    answer = townhall.client("Ada Admin").submit("/people", title="Kept title", **fields)
    assert answer.status_code == 422
    assert "Kept title" in answer.text
    assert fields.get("email", "") in answer.text
    assert actions(townhall) == []


def test_a_namesake_is_added_only_on_purpose(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    answer = admin.submit("/people", name="maya rep", role="rep")
    assert answer.status_code == 422
    assert "maya@example.com" in answer.text
    assert admin.submit("/people", name="Maya Rep", role="rep", is_namesake="true").status_code == 303
    assert "several of this name" in admin.get("/people").text


def test_a_name_is_stored_in_composed_form(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    admin.submit("/people", name="Zoe\u0308 Muller", role="rep")
    assert admin.submit("/people", name="Zo\u00eb Muller", role="rep").status_code == 422
    assert townhall.person("Zo\u00eb Muller")


def test_everything_of_a_person_can_be_changed(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    form = values(
        townhall,
        "Dana Rep",
        name="Dana Retired",
        role="success",
        title="Advisor",
        region="Denver",
        email="dana.new@example.com",
        started="2020-01-01",
        left="2099-12-31",
    )
    assert admin.submit(page_of(townhall, "Dana Rep"), **form).status_code == 303
    dana = townhall.person("Dana Retired")
    assert (dana.role, dana.title, dana.region, dana.email) == ("success", "Advisor", "Denver", "dana.new@example.com")
    assert (dana.started_on, dana.left_on, dana.active) == (date(2020, 1, 1), date(2099, 12, 31), True)
    [(action, subject, what)] = actions(townhall)
    assert (action, subject) == ("person changed", "Dana Retired")
    assert "role rep → success" in what
    assert "e-mail address dana@example.com → dana.new@example.com" in what


def test_the_former_address_is_told_and_so_is_the_person(townhall: Townhall) -> None:
    dana = townhall.client("Dana Rep")
    form = values(townhall, "Dana Rep", email="elsewhere@example.com")
    townhall.client("Ada Admin").submit(page_of(townhall, "Dana Rep"), **form)
    with townhall.database.reading() as session:
        mail = session.exec(select(AccountMail)).one()
    assert (mail.recipient, mail.kind, mail.detail) == (
        "dana@example.com",
        AccountMailKind.email_changed,
        "elsewhere@example.com",
    )
    assert "Ada Admin changed your account" in dana.get("/notices").text


def test_saving_without_a_change_tells_no_one(townhall: Townhall) -> None:
    dana = townhall.client("Dana Rep")
    townhall.client("Ada Admin").submit(page_of(townhall, "Dana Rep"), **values(townhall, "Dana Rep"))
    assert actions(townhall) == []
    assert "changed your account" not in dana.get("/notices").text


def test_a_used_address_is_refused_and_the_form_keeps_what_was_typed(townhall: Townhall) -> None:
    form = values(townhall, "Dana Rep", email="maya@example.com", title="Typed title")
    answer = townhall.client("Ada Admin").submit(page_of(townhall, "Dana Rep"), **form)
    assert answer.status_code == 422
    assert "Maya Rep already has" in answer.text
    assert "Typed title" in answer.text


def test_the_only_admin_stays_one(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    path = page_of(townhall, "Ada Admin")
    assert admin.submit(path, **values(townhall, "Ada Admin", role="rep")).status_code == 422
    assert "only admin" in admin.submit(f"{path}/access/end").text
    admin.submit(page_of(townhall, "Otto Other"), **values(townhall, "Otto Other", role="admin"))
    assert admin.submit(path, **values(townhall, "Ada Admin", role="rep")).status_code == 303


def test_levels_are_set_from_a_day_and_removed(townhall: Townhall) -> None:
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Newt Newcomer")
    assert admin.submit(f"{path}/level", level="Senior", since="2027-03-01").status_code == 303
    assert "Senior" in admin.get(path).text
    assert admin.submit(f"{path}/level", level=" ", since="2027-03-01").status_code == 422
    assert admin.submit(f"{path}/level/remove", since="2027-03-01").status_code == 303
    assert admin.submit(f"{path}/level/remove", since="2027-03-01").status_code == 404


def test_a_manager_is_named_by_name_or_address(townhall: Townhall) -> None:
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Newt Newcomer")
    assert admin.submit(f"{path}/manager", manager="otto@example.com", since="2027-01-01").status_code == 303
    assert admin.submit(f"{path}/manager", manager="Mona Manager", since="2027-02-01").status_code == 303
    text = admin.get(path).text
    assert "Otto Other" in text
    assert "Mona Manager" in text
    unknown = admin.submit(f"{path}/manager", manager="Mona Menager", since="2027-02-01")
    assert unknown.status_code == 422
    assert "Mona Menager" in unknown.text


def test_circles_of_managers_are_refused(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    mona, otto = page_of(townhall, "Mona Manager"), page_of(townhall, "Otto Other")
    assert admin.submit(f"{mona}/manager", manager="Otto Other").status_code == 303
    assert "Change that first" in admin.submit(f"{otto}/manager", manager="Mona Manager").text
    assert "cannot report to themselves" in admin.submit(f"{otto}/manager", manager="Otto Other").text


def test_an_own_quota_is_set_for_months_and_the_log_says_no_amount(townhall: Townhall) -> None:
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Newt Newcomer")
    form = {"quota": "$432,109.50", "since": "2027-01", "until": "2027-12", "component": "", "reason": "Ramp"}
    assert admin.submit(f"{path}/quota", **form).status_code == 303
    with townhall.database.reading() as session:
        newt = townhall.person("Newt Newcomer")
        terms = session.exec(select(PersonalTerms).where(PersonalTerms.person_id == newt.id)).one()
    assert (terms.quota, terms.since, terms.until) == (43_210_950, date(2027, 1, 1), date(2027, 12, 31))
    assert "$432,109.50" in admin.get(path).text
    assert "432" not in str(actions(townhall))
    assert admin.submit(f"{path}/quota/{terms.id}/remove").status_code == 303
    assert admin.submit(f"{path}/quota/{terms.id}/remove").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [{"quota": "lots"}, {"quota": "-5"}, {"since": "2027-13"}, {"until": "soon"}, {"until": "2026-12"}],
)
def test_a_quota_that_cannot_be_read_is_explained(townhall: Townhall, changed: dict[str, str]) -> None:
    form = {"quota": "400,000", "since": "2027-01", "until": "2027-12", "reason": "Kept reason", **changed}
    answer = townhall.client("Ada Admin").submit(f"{page_of(townhall, 'Newt Newcomer')}/quota", **form)
    assert answer.status_code == 422
    assert "Kept reason" in answer.text


def test_people_are_searched_filtered_and_sorted(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")

    def names(query: str) -> list[str]:
        text = admin.get(f"/people?{query}").text
        cast = ["Maya Rep", "Dana Rep", "Newt Newcomer", "Mona Manager", "Otto Other", "Eve Executive"]
        return sorted((name for name in cast if f">{name}</a>" in text), key=lambda name: text.index(f">{name}</a>"))

    assert names("q=maya") == ["Maya Rep"]
    assert names("q=dana@") == ["Dana Rep"]
    assert names("role=manager") == ["Mona Manager", "Otto Other"]
    assert names("region=Boston") == ["Dana Rep", "Newt Newcomer"]
    assert names("role=rep&sort=region") == ["Dana Rep", "Newt Newcomer", "Maya Rep"]
    assert names("state=not+invited&q=maya") == ["Maya Rep"]
    assert "No one matches" in admin.get("/people?q=xyz").text


def test_several_people_are_changed_at_once(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    chosen = [townhall.person(name).ulid for name in ("Maya Rep", "Dana Rep", "Newt Newcomer")]
    for path, fields in (
        ("manager", {"manager": "Otto Other", "since": "2027-05-01"}),
        ("level", {"level": "Associate 2", "since": "2027-05-01"}),
        ("region", {"region": "Denver"}),
    ):
        answer = admin.submit(f"/people/bulk/{path}", person=chosen, **fields)
        assert answer.headers["location"] == "/people?done=3&skipped=0"
    with townhall.database.reading() as session:
        ids = {townhall.person(name).id for name in ("Maya Rep", "Dana Rep", "Newt Newcomer")}
        day = date(2027, 6, 1)
        assert {people_queries.managers_now(session, day)[person_id] for person_id in ids} == {"Otto Other"}
        assert {people_queries.levels_now(session, day)[person_id] for person_id in ids} == {"Associate 2"}
    assert townhall.person("Maya Rep").region == "Denver"
    assert "Done for 3 people" in admin.get("/people?done=3").text


def test_nothing_chosen_is_explained(townhall: Townhall) -> None:
    answer = townhall.client("Ada Admin").submit("/people/bulk/level", level="Senior")
    assert answer.status_code == 422
    assert "Choose people first" in answer.text
    assert "Senior" in answer.text


def test_without_a_mail_server_several_cannot_be_invited(townhall: Townhall) -> None:
    answer = townhall.client("Ada Admin").submit("/people/bulk/invite", person=[townhall.person("Maya Rep").ulid])
    assert "create a link instead" in answer.text


def test_an_unknown_person_is_not_found(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    assert admin.get("/people/nobody").status_code == 404
    assert admin.submit("/people/nobody/level", level="X").status_code == 404


@pytest.mark.parametrize("name", ["Maya Rep", "Mona Manager", "Eve Executive", "Sam Success"])
def test_only_admins_see_people(townhall: Townhall, name: str) -> None:
    client = townhall.client(name)
    for path in ("/people", page_of(townhall, "Dana Rep"), "/settings", "/audit", "/audit.csv"):
        assert client.get(path).status_code == 404
