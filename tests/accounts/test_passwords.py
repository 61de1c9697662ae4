"""Links to set a password, lost and changed passwords, devices."""

import pytest
from sqlmodel import select

from server.accounts.models import AccountMail
from server.audit.models import AuditEntry
from server.people.models import Invitation
from tests.accounts.conftest import PASSWORD, give_password
from tests.accounts.mailbox import Mailbox, link_of
from tests.conftest import Client, Townhall

NEW = "a much better password"


def set_password(townhall: Townhall, path: str, password: str = NEW) -> Client:
    guest = townhall.client(None)
    assert guest.post(path, data={"password": password, "repeated": password}).status_code == 303
    return guest


def test_an_invitation_link_works_once(townhall: Townhall) -> None:
    maya = townhall.person("Maya Rep")
    path = link_of(townhall.client("Ada Admin").submit(f"/people/{maya.ulid}/invitation").text)
    guest = townhall.client(None)
    assert guest.get(path).headers["referrer-policy"] == "no-referrer"
    assert guest.post(path, data={"password": "short", "repeated": "short"}).status_code == 422
    assert guest.post(path, data={"password": NEW, "repeated": NEW + "x"}).status_code == 422
    assert guest.post(path, data={"password": NEW, "repeated": NEW}).status_code == 303
    assert "Maya Rep" in guest.get("/me").text
    assert townhall.client(None).post(path, data={"password": NEW, "repeated": NEW}).status_code == 404


def test_a_later_invitation_replaces_the_earlier_one(townhall: Townhall) -> None:
    admin, maya = townhall.client("Ada Admin"), townhall.person("Maya Rep")
    links = [link_of(admin.submit(f"/people/{maya.ulid}/invitation").text) for _ in range(2)]
    assert [townhall.client(None).get(link).status_code for link in links] == [404, 200]


def test_an_invitation_is_mailed_and_shown_to_no_admin(townhall: Townhall, mailbox: Mailbox) -> None:
    admin, maya = townhall.client("Ada Admin"), townhall.person("Maya Rep")
    answer = admin.submit(f"/people/{maya.ulid}/invitation")
    assert answer.status_code == 303
    assert "mail is on its way" in admin.get(f"/people/{maya.ulid}").text
    [email] = mailbox.deliver()
    assert (email.recipient, email.subject) == ("maya@example.com", "Ada Admin invites you to Townhall")
    assert "Castle" in email.text
    assert "Hello Maya Rep" in email.html
    page = admin.get(f"/people/{maya.ulid}").text
    assert "/invitations/" not in page
    assert "The link is valid until" in page
    assert "Maya Rep" in set_password(townhall, link_of(email.text)).get("/me").text
    assert "Joined" in admin.get(f"/people/{maya.ulid}").text


def test_pressing_twice_mails_once(townhall: Townhall, mailbox: Mailbox) -> None:
    maya = townhall.person("Maya Rep")
    for _ in range(3):
        townhall.client("Ada Admin").submit(f"/people/{maya.ulid}/invitation")
    assert len(mailbox.deliver()) == 1


def test_a_refused_address_does_not_keep_mail_from_others(townhall: Townhall, mailbox: Mailbox) -> None:
    admin = townhall.client("Ada Admin")
    for name in ("Maya Rep", "Dana Rep"):
        admin.submit(f"/people/{townhall.person(name).ulid}/invitation")
    mailbox.refused = "maya@example.com"
    assert [email.recipient for email in mailbox.deliver()] == ["dana@example.com"]
    assert "SMTPRecipientsRefused" in admin.get(f"/people/{townhall.person('Maya Rep').ulid}").text


def test_mail_that_cannot_be_sent_is_tried_again_and_the_admin_sees_it(townhall: Townhall, mailbox: Mailbox) -> None:
    admin, maya = townhall.client("Ada Admin"), townhall.person("Maya Rep")
    admin.submit(f"/people/{maya.ulid}/invitation")
    mailbox.is_down = True
    assert mailbox.deliver() == []
    assert "ConnectionRefusedError" in admin.get(f"/people/{maya.ulid}").text
    assert "mail failed" in admin.get("/people").text
    mailbox.is_down = False
    with townhall.database.writing() as session:
        mail = session.exec(select(AccountMail)).one()
        assert mail.due_at
        mail.due_at = mail.requested_at
        session.add(mail)
        session.commit()
    [email] = mailbox.deliver()
    assert townhall.client(None).get(link_of(email.text)).status_code == 200


def test_a_link_is_stored_nowhere(townhall: Townhall, mailbox: Mailbox) -> None:
    townhall.client("Ada Admin").submit(f"/people/{townhall.person('Maya Rep').ulid}/invitation")
    [email] = mailbox.deliver()
    token = link_of(email.text).removeprefix("/invitations/")
    with townhall.database.reading() as session:
        stored = f"{session.exec(select(Invitation)).all()}{session.exec(select(AccountMail)).all()}"
    assert token not in stored


def test_an_admin_cannot_become_someone_who_has_joined(townhall: Townhall) -> None:
    give_password(townhall, "Maya Rep")
    admin, maya = townhall.client("Ada Admin"), townhall.person("Maya Rep")
    answer = admin.submit(f"/people/{maya.ulid}/invitation")
    assert answer.status_code == 422
    assert "/invitations/" not in answer.text
    assert "only sent by e-mail" in answer.text
    with townhall.database.reading() as session:
        assert session.exec(select(Invitation)).all() == []


def test_a_reset_by_an_admin_goes_to_the_person_and_is_shown_to_them(townhall: Townhall, mailbox: Mailbox) -> None:
    give_password(townhall, "Maya Rep")
    maya = townhall.client("Maya Rep")
    townhall.client("Ada Admin").submit(f"/people/{townhall.person('Maya Rep').ulid}/invitation")
    assert "Ada Admin sent you a link to set a new password." in maya.get("/notices").text
    [email] = mailbox.deliver()
    assert email.recipient == "maya@example.com"
    assert "Ada Admin sent you this link" in email.text
    set_password(townhall, link_of(email.text))
    assert maya.get("/me").status_code == 303
    assert [mail.subject for mail in mailbox.deliver()] == ["Your password was changed"]
    with townhall.database.reading() as session:
        assert [entry.action for entry in session.exec(select(AuditEntry))] == ["password reset"]


def test_a_lost_password_is_replaced_by_mail(townhall: Townhall, mailbox: Mailbox) -> None:
    email = give_password(townhall, "Maya Rep")
    guest = townhall.client(None)
    assert "/password/lost" in guest.get("/sign-in").text
    known = guest.post("/password/lost", data={"email": email.upper()})
    unknown = guest.post("/password/lost", data={"email": "nobody@example.com"})
    assert known.text.replace(email.upper(), "") == unknown.text.replace("nobody@example.com", "")
    [mail] = mailbox.deliver()
    set_password(townhall, link_of(mail.text))
    assert guest.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 422
    assert guest.post("/sign-in", data={"email": email, "password": NEW}).status_code == 303


def test_asking_for_a_lost_password_is_limited(townhall: Townhall, mailbox: Mailbox) -> None:
    email = give_password(townhall, "Maya Rep")
    guest = townhall.client(None)
    statuses = [guest.post("/password/lost", data={"email": email}).status_code for _ in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert len(mailbox.deliver()) == 1


def test_without_a_mail_server_a_lost_password_is_explained(townhall: Townhall) -> None:
    guest = townhall.client(None)
    assert "/password/lost" not in guest.get("/sign-in").text
    assert "Ask your admin" in guest.get("/password/lost").text
    assert guest.post("/password/lost", data={"email": "maya@example.com"}).status_code == 422


def test_changing_the_password_ends_the_other_sessions(townhall: Townhall, mailbox: Mailbox) -> None:
    email = give_password(townhall, "Maya Rep")
    here, there = townhall.browser("Maya Rep"), townhall.browser("Maya Rep")
    wrong = here.submit("/me/password", current="guess", password=NEW, repeated=NEW)
    assert wrong.status_code == 422
    assert here.submit("/me/password", current=PASSWORD, password=NEW, repeated="x" * 12).status_code == 422
    assert here.submit("/me/password", current=PASSWORD, password="short", repeated="short").status_code == 422
    assert there.get("/me").status_code == 200
    assert here.submit("/me/password", current=PASSWORD, password=NEW, repeated=NEW).status_code == 303
    assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)
    assert [mail.recipient for mail in mailbox.deliver()] == [email]
    guest = townhall.client(None)
    assert guest.post("/sign-in", data={"email": email, "password": NEW}).status_code == 303


def test_guesses_of_the_password_of_today_are_limited(townhall: Townhall) -> None:
    give_password(townhall, "Maya Rep")
    maya = townhall.client("Maya Rep")
    statuses = [
        maya.submit("/me/password", current=f"guess {number}", password=NEW, repeated=NEW).status_code
        for number in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2
    give_password(townhall, "Dana Rep")
    dana = townhall.client("Dana Rep").submit("/me/password", current=PASSWORD, password=NEW, repeated=NEW)
    assert dana.status_code == 303


def test_one_session_is_ended_and_only_an_own_one(townhall: Townhall) -> None:
    here, there = townhall.browser("Maya Rep"), townhall.browser("Maya Rep")
    dana = townhall.client("Dana Rep")
    page = here.get("/me").text
    number = page.partition("/me/sessions/")[2].partition("/end")[0]
    assert dana.submit(f"/me/sessions/{number}/end").status_code == 404
    assert there.get("/me").status_code == 200
    assert here.submit(f"/me/sessions/{number}/end").status_code == 303
    assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 303)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge, macOS"),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_know_it(user_agent: str, name: str) -> None:
    from server.accounts.browsers import browser_name  # noqa: PLC0415

    assert browser_name(user_agent) == name


def test_a_stranger_cannot_end_someones_invitation(townhall: Townhall, mailbox: Mailbox) -> None:
    maya = townhall.person("Maya Rep")
    townhall.client("Ada Admin").submit(f"/people/{maya.ulid}/invitation")
    [invitation] = mailbox.deliver()
    townhall.client(None).post("/password/lost", data={"email": "maya@example.com"})
    [other] = mailbox.deliver()
    assert townhall.client(None).get(link_of(invitation.text)).status_code == 200
    set_password(townhall, link_of(invitation.text))
    assert townhall.client(None).get(link_of(other.text)).status_code == 404


def test_lost_passwords_do_not_use_up_the_sign_ins_of_an_address(townhall: Townhall, mailbox: Mailbox) -> None:
    email = give_password(townhall, "Maya Rep")
    guest = townhall.client(None)
    for number in range(12):
        guest.post("/password/lost", data={"email": f"someone{number}@example.com"})
    assert guest.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303


def test_a_changed_password_ends_links_that_were_sent_before(townhall: Townhall, mailbox: Mailbox) -> None:
    give_password(townhall, "Maya Rep")
    townhall.client(None).post("/password/lost", data={"email": "maya@example.com"})
    [mail] = mailbox.deliver()
    maya = townhall.browser("Maya Rep")
    assert maya.submit("/me/password", current=PASSWORD, password=NEW, repeated=NEW).status_code == 303
    assert townhall.client(None).get(link_of(mail.text)).status_code == 404


def test_an_address_that_no_mail_can_have_is_refused(townhall: Townhall) -> None:
    answer = townhall.client("Ada Admin").submit("/people", name="Jürgen", email="jürgen@example.com", role="rep")
    assert answer.status_code == 422
