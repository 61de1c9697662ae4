"""One server with the sample company for all browser tests, and Debian's Chromium to drive."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import chromium
from tests.free_port import free_port

ROOT = Path(__file__).parent.parent.parent
STARTED: list[subprocess.Popen[bytes]] = []
"""Kept, so that the server outlives the fixture that started it."""
SLUG = "/proposals/pay-for-customers-who-stay"

REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx logs about a request that a newer request replaced; about one that failed it logs htmx:sendError, too."""

REFUSAL = re.compile(r"401|403|htmx:|EventSource|\[object (Progress)?Event\]|ERR_INTERNET|offline")
"""What the browser, htmx and its event stream log about requests that are refused."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    browser_path = chromium()
    if not browser_path:
        pytest.skip("Chromium is not installed here")
    return {
        "executable_path": browser_path,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def server_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one demo server, started by whichever worker comes first and stopped by the last."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "browser-server"
    shared.mkdir(exist_ok=True)
    state = shared / "state.json"
    with FileLock(shared / "lock"):
        known = json.loads(state.read_text()) if state.exists() else start(shared)
        known["users"] = known.get("users", 0) + 1
        state.write_text(json.dumps(known))
    yield f"http://127.0.0.1:{known['port']}"
    with FileLock(shared / "lock"):
        known = json.loads(state.read_text())
        known["users"] -= 1
        if known["users"] == 0:
            os.kill(known["pid"], signal.SIGTERM)
            for process in STARTED:
                process.wait(10)
            state.unlink()
        else:
            for process in STARTED:
                process.returncode = 0  # it lives on for the other workers; the last of them stops it
            state.write_text(json.dumps(known))


def start(folder: Path) -> dict[str, int]:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "demo", "--port", str(port)],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    STARTED.append(process)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return {"port": port, "pid": process.pid}
    raise RuntimeError((folder / "server.log").read_text())


class Visit:
    """A person's browser; it collects the errors of the console, the policy and the server."""

    def __init__(self, browser: Browser, address: str, width: int, *, script: bool = True, dark: bool = False) -> None:
        self.address = address
        self.is_dark = dark
        self.complaints: list[str] = []
        self.expects_refusals = False
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            base_url=address,
            color_scheme="dark" if dark else "light",
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._look)

    def _listen(self, message: object) -> None:
        text = message.text  # type: ignore[attr-defined] # Playwright's message
        if message.type in {"error", "warning"} and not text.startswith(REPLACED):  # type: ignore[attr-defined]
            self.complaints.append(text)

    def _look(self, response: object) -> None:
        if response.status >= 400:  # type: ignore[attr-defined] # Playwright's response
            self.complaints.append(f"{response.status} {response.url}")  # type: ignore[attr-defined]

    def forgive(self, *signs: str) -> None:
        """Forget complaints that the test caused on purpose; each must have been made."""
        for sign in signs:
            meant = [complaint for complaint in self.complaints if sign in complaint]
            assert meant, sign
            self.complaints = [complaint for complaint in self.complaints if sign not in complaint]

    def expect_refusals(self) -> None:
        """Let refusals of a session that has ended be no complaints, whenever the console speaks of them."""
        self.expects_refusals = True

    @property
    def unexpected(self) -> list[str]:
        """The complaints that the test did not cause on purpose."""
        if not self.expects_refusals:
            return self.complaints
        return [complaint for complaint in self.complaints if not REFUSAL.search(complaint)]

    def sign_in(self, name: str) -> "Visit":
        self.page.goto("/demo/people")
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_url(self.address + "/")
        return self

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        self.page.wait_for_load_state()
        width = self.page.viewport_size["width"]  # type: ignore[index]
        return bool(self.page.evaluate("document.documentElement.scrollWidth") <= width)

    def findings(self) -> list[str]:
        """What axe finds on the page; the dark page differs from the light visitor in its colours alone."""
        only = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if self.is_dark else {}
        results = Axe().run(self.page, options={"resultTypes": ["violations"], **only})
        return [
            f"{violation['id']}: {node['html'][:160]}"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, server_address: str) -> Iterator[Open]:
    """Open browsers; at the end none of them may have complained."""
    opened: list[Visit] = []

    def open_visit(width: int = 1360, *, script: bool = True, dark: bool = False) -> Visit:
        opened.append(Visit(browser, server_address, width, script=script, dark=dark))
        return opened[-1]

    yield open_visit
    for visitor in opened:
        visitor.context.close()
    assert [complaint for visitor in opened for complaint in visitor.unexpected] == []
