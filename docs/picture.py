"""Draws docs/proposal.png: starts a demo in a temporary folder and takes a picture of the proposal as a rep sees it."""

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PORT = 8799
ADDRESS = f"http://127.0.0.1:{PORT}"


def main() -> None:
    """Take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "server", "demo", "--port", str(PORT)]
        with subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(HERE.parent)}) as server:
            try:
                wait()
                shoot()
            finally:
                server.terminate()
    print("docs/proposal.png")


def wait() -> None:
    """Wait until the demo answers."""
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{ADDRESS}/health", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(ADDRESS)


def shoot() -> None:
    """Sign in as a rep and take a picture of the proposal."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 1480}, base_url=ADDRESS)
        page.goto("/demo/people")
        page.get_by_role("button", name="Maya Chen").click()
        page.goto("/proposals/pay-for-customers-who-stay")
        page.locator("#mine-a strong").wait_for()
        page.screenshot(path=HERE / "proposal.png")
        browser.close()


if __name__ == "__main__":
    main()
