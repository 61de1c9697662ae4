"""No door leads from an admin's pages into someone's account or pay, and none leaves the company without an admin."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, select

from server.accounts.models import AccountMail, AccountMailKind
from server.accounts.tasks import end_access_of_leavers
from server.api import service as api_service
from server.audit.actions import ACTIONS
from server.audit.models import AuditEntry
from server.db.columns import now
from server.deals.models import Deal, DealCredit
from server.discussion.models import Comment, Endorsement
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Invitation, Person, PersonalTerms, ReportingLine
from server.people.service import NewPerson, add_person
from server.plans_in_force import service as plan_service
from server.plans_in_force.models import PlanInForce
from server.plans_in_force.service import Audience, NewPlan
from tests.accounts.conftest import mailbox  # noqa: F401 - a fixture
from tests.accounts.mailbox import Mailbox
from tests.administration.test_people import page_of, values
from tests.cast import SLUG, TODAY
from tests.conftest import Townhall


def add(townhall: Townhall, name: str, email: str | None = None, **fields: object) -> Person:
    with townhall.database.writing() as session:
        person = add_person(session, NewPerson(name, email))
        for field, value in fields.items():
            setattr(person, field, value)
        session.commit()
        return person


def merge(townhall: Townhall, duplicate: Person, into: str = "Dana Rep") -> int:
    answer = townhall.client("Ada Admin").submit(f"/people/{duplicate.ulid}/merge", into=townhall.person(into).ulid)
    return int(answer.status_code)


def test_a_link_of_a_merged_entry_does_not_open_the_other_account(townhall: Townhall) -> None:
    townhall.join("Dana Rep")
    fake = add(townhall, "Fake Entry", "fake@example.com")
    with townhall.database.writing() as session:
        token = people_service.invite(session, session.get_one(Person, fake.id), "fake@example.com", 7)
        session.commit()
    assert merge(townhall, fake) == 303
    assert townhall.client(None).get(f"/invitations/{token}").status_code == 404
    with townhall.database.reading() as session:
        assert session.exec(select(Invitation)).all() == []


def test_a_token_of_a_merged_entry_stays_dead(townhall: Townhall) -> None:
    second = add(townhall, "Second Entry", role="admin")
    with townhall.database.writing() as session:
        _, secret = api_service.make_token(session, "Export", second.id)
        session.commit()
        assert api_service.find_token(session, secret)
    assert merge(townhall, second, "Otto Other") == 303
    with townhall.database.reading() as session:
        assert api_service.find_token(session, secret) is None


def test_no_one_is_merged_into_the_admin_who_merges_or_while_both_have_joined(townhall: Townhall) -> None:
    victim = add(townhall, "Victim Rep", "victim@example.com", password_hash="a hash")
    assert merge(townhall, victim, "Ada Admin") == 422
    townhall.join("Dana Rep")
    assert merge(townhall, victim, "Dana Rep") == 422
    assert merge(townhall, victim, "Newt Newcomer") == 422
    ada = townhall.person("Ada Admin")
    assert merge(townhall, ada, "Otto Other") == 422
    assert townhall.person("Victim Rep")


def test_both_addresses_hear_of_a_merge(townhall: Townhall, mailbox: Mailbox) -> None:  # noqa: F811
    assert merge(townhall, add(townhall, "Dana R. Rep", "dana.r@example.com")) == 303
    assert {mail.recipient for mail in mailbox.deliver()} == {"dana@example.com", "dana.r@example.com"}


def test_the_warning_of_a_changed_address_always_leaves(townhall: Townhall, mailbox: Mailbox) -> None:  # noqa: F811
    townhall.join("Dana Rep")
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Dana Rep")
    for address in ("one@evil.example", "two@evil.example"):
        admin.submit(path, **values(townhall, "Dana Rep", email=address))
    assert "dana@example.com" in {mail.recipient for mail in mailbox.deliver()}


def test_no_link_is_sent_soon_after_an_address_changed(townhall: Townhall, mailbox: Mailbox) -> None:  # noqa: F811
    townhall.join("Dana Rep")
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Dana Rep")
    admin.submit(path, **values(townhall, "Dana Rep", email="one@evil.example"))
    refused = admin.submit(f"{path}/invitation")
    assert refused.status_code == 422
    assert "former address hears of it first" in refused.text
    townhall.client(None).post("/password/lost", data={"email": "one@evil.example"})
    assert [mail.recipient for mail in mailbox.deliver()] == ["dana@example.com"]
    with townhall.database.writing() as session:
        changed = session.exec(select(AccountMail).where(AccountMail.kind == AccountMailKind.email_changed)).one()
        changed.requested_at = now() - timedelta(days=4)
        session.add(changed)
        session.commit()
    assert admin.submit(f"{path}/invitation").status_code == 303


def test_the_last_day_of_the_only_admin_ends_no_access(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    form = values(townhall, "Ada Admin", left=str(now().date() + timedelta(days=1)))
    assert admin.submit(page_of(townhall, "Ada Admin"), **form).status_code == 422
    with townhall.database.writing() as session:
        ada = session.get_one(Person, townhall.person("Ada Admin").id)
        ada.left_on = date(2020, 1, 1)
        session.add(ada)
        session.commit()
    end_access_of_leavers(townhall.database)
    assert townhall.person("Ada Admin").active


@pytest.mark.parametrize(
    "text",
    ["name,email,left\nAda Admin,ada@example.com,2020-01-01\n", "name,role\nAda Admin,rep\nOtto Other,rep\n"],
)
def test_no_import_leaves_the_company_without_an_admin(townhall: Townhall, text: str) -> None:
    if "Otto" in text:
        with townhall.database.writing() as session:
            otto = session.get_one(Person, townhall.person("Otto Other").id)
            otto.role = "admin"  # type: ignore[assignment]
            session.add(otto)
            session.commit()
    admin = townhall.client("Ada Admin")
    admin.submit(admin.upload("people.csv", text))
    with townhall.database.reading() as session:
        assert any(person.role == "admin" and person.active for person in people_queries.list_people(session))


def test_an_admin_who_has_not_joined_is_no_other_admin(townhall: Townhall) -> None:
    townhall.join("Ada Admin")
    add(townhall, "Paper Admin", role="admin")
    answer = townhall.client("Ada Admin").submit(f"{page_of(townhall, 'Ada Admin')}/access/end")
    assert answer.status_code == 422


def test_a_quota_leaves_own_base_and_variable_pay_alone(townhall: Townhall) -> None:
    dana, admin = townhall.person("Dana Rep"), townhall.client("Ada Admin")
    with townhall.database.writing() as session:
        terms = {"since": date(2027, 1, 1), "until": date(2027, 12, 31), "base": 7_000_000, "variable": 5_000_000}
        session.add(PersonalTerms(person_id=dana.id, reason="Agreed", **terms))
        session.commit()
    path = page_of(townhall, "Dana Rep")
    short = admin.submit(f"{path}/quota", quota="400,000", since="2027-01", until="2027-03")
    assert short.status_code == 422
    assert admin.submit(f"{path}/quota", quota="400,000", since="2027-01", until="2027-12").status_code == 303
    with townhall.database.reading() as session:
        kept = session.exec(select(PersonalTerms).where(PersonalTerms.person_id == dana.id)).one()
    assert (kept.base, kept.variable, kept.quota, kept.reason) == (7_000_000, 5_000_000, 40_000_000, "Agreed")
    assert admin.submit(f"{path}/quota/{kept.id}/remove").status_code == 303
    with townhall.database.reading() as session:
        kept = session.exec(select(PersonalTerms).where(PersonalTerms.person_id == dana.id)).one()
    assert (kept.base, kept.variable, kept.quota) == (7_000_000, 5_000_000, None)


def test_merging_a_leaver_ends_no_access_and_makes_no_second_manager(townhall: Townhall) -> None:
    gone = add(townhall, "Dana Former", active=False, left_on=date(2024, 1, 1))
    with townhall.database.writing() as session:
        people = {name: townhall.person(name) for name in ("Dana Rep", "Mona Manager", "Otto Other")}
        session.exec(select(ReportingLine)).all()
        people_service.set_manager(session, people["Dana Rep"], people["Mona Manager"], date(2026, 1, 1))
        people_service.set_manager(session, session.get_one(Person, gone.id), people["Otto Other"], date(2025, 1, 1))
        session.commit()
    assert merge(townhall, gone) == 303
    dana = townhall.person("Dana Rep")
    assert (dana.left_on, dana.active) == (None, True)
    with townhall.database.reading() as session:
        open_lines = select(ReportingLine).where(ReportingLine.person_id == dana.id, col(ReportingLine.until).is_(None))
        assert len(session.exec(open_lines).all()) == 1


def test_a_plan_for_the_duplicate_by_name_is_for_the_person(townhall: Townhall) -> None:
    duplicate = add(townhall, "Dana R. Rep")
    with townhall.database.writing() as session:
        plan = plan_service.put_in_force(
            session, NewPlan(TODAY, date(2026, 1, 1), audience=Audience(people=(duplicate.id,)))
        )
        session.commit()
    assert merge(townhall, duplicate) == 303
    with townhall.database.reading() as session:
        assert session.get_one(PlanInForce, plan.id).people == [townhall.person("Dana Rep").id]


def test_the_number_of_a_merged_entry_is_given_to_no_one_else(townhall: Townhall) -> None:
    duplicate = add(townhall, "Dana R. Rep")
    assert merge(townhall, duplicate) == 303
    assert add(townhall, "Next Hire").id > duplicate.id


def test_credits_in_different_ways_are_left_for_a_decision(townhall: Townhall) -> None:
    duplicate, dana = add(townhall, "Dana R. Rep"), townhall.person("Dana Rep")
    with townhall.database.writing() as session:
        deal = (
            session.exec(
                select(Deal)
                .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
                .where(DealCredit.person_id == dana.id)
            ).first()
            or session.exec(select(Deal)).first()
        )
        assert deal
        own = session.get(DealCredit, (deal.id, dana.id)) or DealCredit(deal_id=deal.id, person_id=dana.id)
        own.share = 4_000_000_000
        session.add_all([own, DealCredit(deal_id=deal.id, person_id=duplicate.id, share=6_000_000_000, role="overlay")])
        session.commit()
    assert merge(townhall, duplicate) == 422


def test_agreeing_under_two_entries_counts_once(townhall: Townhall) -> None:
    duplicate = add(townhall, "Dana R. Rep")
    answer = townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Agree?")
    ulid = answer.headers["location"].removeprefix("/comments/")
    for name in ("Dana Rep", "Dana R. Rep"):
        assert townhall.browser(name).submit(f"/comments/{ulid}/endorse").status_code == 303
    assert merge(townhall, duplicate) == 303
    with townhall.database.reading() as session:
        comment = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        rows = session.exec(select(Endorsement).where(Endorsement.comment_id == comment.id)).all()
    assert comment.endorsements == len(rows) == 1


def test_a_backdated_manager_leaves_one_manager_a_day(townhall: Townhall) -> None:
    newt = townhall.person("Newt Newcomer")
    with townhall.database.writing() as session:
        person = session.get_one(Person, newt.id)
        for name, day in (("Mona Manager", date(2026, 1, 1)), ("Otto Other", date(2027, 1, 1))):
            people_service.set_manager(session, person, townhall.person(name), day)
        people_service.set_manager(session, person, townhall.person("Eve Executive"), date(2026, 6, 1))
        session.commit()
        lines = session.exec(select(ReportingLine).where(ReportingLine.person_id == newt.id)).all()
    spans = sorted((line.since, line.until or date.max) for line in lines)
    assert spans[-1] == (date(2026, 6, 1), date.max)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def test_renaming_to_a_name_that_someone_has_is_asked(townhall: Townhall) -> None:
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Dana Rep")
    assert admin.submit(path, **values(townhall, "Dana Rep", name="Maya Rep")).status_code == 422
    form = values(townhall, "Dana Rep", name="Maya Rep", is_namesake="true")
    assert admin.submit(path, **form).status_code == 303


def test_an_admin_removes_the_own_app_only_with_a_code(townhall: Townhall) -> None:
    answer = townhall.client("Ada Admin").submit(f"{page_of(townhall, 'Ada Admin')}/second-factor/remove")
    assert "with a code" in answer.text


def test_what_admins_do_is_recorded(townhall: Townhall) -> None:
    admin, mona = townhall.client("Ada Admin"), townhall.client("Mona Manager")
    admin.submit("/tokens", name="Nightly")
    token = admin.get("/tokens").text.partition("/tokens/")[2].partition("/")[0]
    admin.submit(f"/tokens/{token}/revoke")
    admin.get("/exports/company.zip")
    ulid = (
        townhall.client("Maya Rep")
        .submit(f"/proposals/{SLUG}/comments", version=2, text="Hide me")
        .headers["location"]
        .removeprefix("/comments/")
    )
    admin.submit(f"/comments/{ulid}/hide", why="Names a customer")
    admin.submit(f"/comments/{ulid}/hide", show_again="yes")
    mona.submit("/pages/ground-rules/archive")
    mona.submit("/pages/ground-rules/unarchive")
    with townhall.database.reading() as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))]
    assert actions == [
        "token created",
        "token revoked",
        "data exported",
        "comment hidden",
        "comment shown",
        "document archived",
        "document restored",
    ]


def test_every_action_is_recorded_somewhere() -> None:
    from pathlib import Path  # noqa: PLC0415

    root = Path(__file__).parent.parent.parent / "server"
    sources = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py") if path.name != "actions.py")
    assert [action for action in ACTIONS if f'"{action}"' not in sources] == []
