"""A real company from an empty database to votes and a leaver, with screens and documented commands alone."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Visit
from tests.browser.mail_sink import MailSink, mail_sink
from tests.free_port import free_port

PASSWORD = "a long enough secret"
TODAY = datetime.now(ZoneInfo("America/Chicago")).date()
"""The company's today, from which a person would count days."""
PLAN = """\
name: Sales plan of 2017
levels: [{name: Agent, base: $50,000, variable: $50,000, quota: $400,000}]
components: [{name: New business, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]
"""
PROPOSAL = f"""\
## Why

Because good agents leave.

## Goals

1. Agents who stay.

```plan
{PLAN.replace("Sales plan of 2017", "Steeper").replace("1.5x", "2x")}```
"""


@dataclass
class Installation:
    """Townhall as an operator runs it: its folder, its settings, and its server while it runs."""

    folder: Path
    database_url: str
    sink: MailSink
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
        return {
            **known,
            "PYTHONPATH": str(ROOT),
            "TOWNHALL_DATABASE_URL": self.database_url,
            "TOWNHALL_SECRET_KEY": "k" * 40,
            "TOWNHALL_PUBLIC_URL": self.address,
            "TOWNHALL_PORT": str(self.port),
            "TOWNHALL_SMTP_URL": self.sink.url,
            "TOWNHALL_MAIL_FROM": "townhall@company.example",
        }

    def run(self, *words: str) -> str:
        command = [sys.executable, "-m", "server", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "server", "serve"]
            self.server = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.wait(20)
            self.server = None

    def link_to(self, address: str) -> str:
        """Return the one-use link of the mail to an address, once it has arrived."""
        for _ in range(100):
            text = self.sink.text_to(address)
            if text and (link := re.search(r"http\S+/invitations/\S+", text)):
                return link[0]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with mail_sink() as sink:
        if request.param == "sqlite":
            installed = Installation(tmp_path, f"sqlite:///{tmp_path}/town.db", sink)
            yield installed
            installed.stop()
        else:
            with request.getfixturevalue("postgres").empty() as url:
                installed = Installation(tmp_path, url, sink)
                yield installed
                installed.stop()


Open = Callable[[], Visit]


@pytest.fixture
def open_browser(browser: Browser, installation: Installation) -> Iterator[Open]:
    opened: list[Visit] = []

    def open_visit() -> Visit:
        opened.append(Visit(browser, installation.address, 1360))
        return opened[-1]

    yield open_visit
    for visitor in opened:
        visitor.context.close()


def join(visitor: Visit, link: str) -> Page:
    """Open a one-use link and choose a password."""
    page = visitor.page
    page.goto(link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Repeat password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Set password")).click()
    page.wait_for_url(f"{visitor.address}/")
    return page


def edit_person(page: Page, name: str, **fields: str) -> None:
    """Change a person on their page."""
    page.goto(f"/people?q={name}")
    page.get_by_role("link", name=name, exact=True).click()
    for field_name, value in fields.items():
        entry = page.locator(f"form[action^='/people/'] [name={field_name}]").first
        if field_name == "role":
            entry.select_option(value)
        else:
            entry.fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def set_up_company(page: Page) -> None:
    expect(page.get_by_text("0 of 6 steps done")).to_be_visible()
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("Company name").fill("Hardware Co")
    page.get_by_label("Time zone").select_option("America/Chicago")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def enter_plan(page: Page) -> None:
    page.goto("/plans/new")
    page.get_by_label("First day").fill("2016-01-01")
    if not page.locator("#text").is_visible():
        page.locator("summary", has_text="text").last.click()
    page.locator("#text").fill(PLAN)
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sales plan of 2017")


def import_crm(page: Page, crm: Path) -> None:
    page.goto("/imports")
    page.locator("#files").set_input_files(sorted(crm.glob("*.csv")))
    page.get_by_role("button", name="Upload and preview").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("main")).to_contain_text("This import is finished.", timeout=60_000)
    expect(page.locator("main")).to_contain_text("Undo this import")


def write_proposal(page: Page) -> str:
    page.goto("/proposals/new")
    page.get_by_label("Title").fill("A steeper plan")
    page.get_by_role("button", name="Start writing").click()
    page.get_by_label("Text (Markdown)").fill(PROPOSAL)
    page.get_by_role("button", name="Publish version 1").click()
    page.get_by_role("button", name="Publish now").click()
    address = page.url
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Text (Markdown)").fill(PROPOSAL.replace("2x", "2.5x"))
    page.get_by_label("Change note").fill("Steeper still.")
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()
    return address


def set_stages(page: Page, address: str, **days: int) -> None:
    page.goto(f"{address}/stages")
    for name in ("feedback_until", "vote_from", "vote_until"):
        value = str(TODAY + timedelta(days=days[name])) if name in days else ""
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(address)


def own_pay(page: Page) -> str:
    page.goto("/me/pay")
    return page.locator("#total").inner_text()


def enter_people(page: Page) -> None:
    """Enter three addresses, a quota and a level, and invite the three by mail."""
    edit_person(page, "Darcel Schlecht", email="darcel@company.example", region="Central")
    page.get_by_label("Quota a year").fill("500,000")
    page.get_by_label("First month").fill("2017-01")
    page.get_by_label("Last month").fill("2017-12")
    page.get_by_role("button", name="Set quota").click()
    expect(page.get_by_text("$500,000")).to_be_visible()
    edit_person(page, "Vicki Laflamme", email="vicki@company.example")
    edit_person(page, "Melvin Marxen", email="melvin@company.example", role="manager")
    page.goto("/people?sort=state")
    for name in ("Darcel Schlecht", "Vicki Laflamme", "Melvin Marxen"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_label("From this day on").fill("2016-01-01")
    page.get_by_label("Level", exact=True).last.fill("Agent")
    page.get_by_role("button", name="Set level").click()
    page.goto("/people?sort=state")
    for name in ("Darcel Schlecht", "Vicki Laflamme", "Melvin Marxen"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Invite by mail").click()
    expect(page.get_by_text("Done for 3 people.")).to_be_visible()


def vote_inside_the_days(manager: Page, rep: Page, address: str) -> None:
    set_stages(manager, address, feedback_until=-1, vote_from=1, vote_until=2)
    rep.goto(address)
    expect(rep.locator(".stages .next")).to_contain_text("Vote")
    expect(rep.get_by_role("button", name="Gladly")).to_have_count(0)
    set_stages(manager, address, feedback_until=-1, vote_from=0, vote_until=2)
    rep.goto(address)
    expect(rep.locator(".stages .now")).to_contain_text("Vote")
    rep.get_by_role("button", name="Gladly").first.click()
    expect(rep.locator("[aria-pressed=true]").first).to_have_text("Gladly")


def restore_a_backup(installation: Installation, page: Page, rep: Page, before: str) -> None:
    installation.run("backup", "town.backup")
    edit_person(page, "Darcel Schlecht", title="After the backup")
    installation.stop()
    restored = installation.run("restore", "town.backup", "--replace")
    assert "Restored" in restored
    installation.start()
    rep.goto("/sign-in?next=/me/pay")
    rep.get_by_label("E-mail address").fill("darcel@company.example")
    rep.get_by_label("Password").fill(PASSWORD)
    rep.get_by_role("button", name="Sign in").click()
    assert own_pay(rep) == before
    rep.goto("/me")
    expect(rep.locator("main")).not_to_contain_text("After the backup")
    assert "problem" not in installation.run("doctor")


def test_a_company_starts_from_an_empty_database(installation: Installation, open_browser: Open, shared: Path) -> None:
    installation.run("migrate")
    made = installation.run("create-admin", "--email", "ada@company.example", "--name", "Ada Ops")
    installation.start()
    page = join(open_browser(), made.strip())
    set_up_company(page)

    page.goto("/plans")
    assert "$" not in page.locator("main").inner_text()
    page.goto("/")
    expect(page.get_by_text("Until it is entered, nothing is compared with today.")).to_be_visible()
    enter_plan(page)
    import_crm(page, shared / "data" / "crm")

    enter_people(page)

    rep = join(open_browser(), installation.link_to("darcel@company.example"))
    leaver = join(open_browser(), installation.link_to("vicki@company.example"))
    manager = join(open_browser(), installation.link_to("melvin@company.example"))
    before = own_pay(rep)
    assert re.fullmatch(r"\$[\d,.]+", before)

    vote_inside_the_days(manager, rep, write_proposal(manager))

    edit_person(page, "Vicki Laflamme", left=str(TODAY - timedelta(days=1)))
    leaver.goto("/me/pay")
    expect(leaver.get_by_role("heading", level=1)).to_have_text("Sign in")

    restore_a_backup(installation, page, rep, before)
