"""Starts a server on a core of its own, and tells how much CPU time its process has used."""

import http.client
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server: requests over one kept connection, CPU seconds from /proc."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started_in: float) -> None:
        self.process, self.port, self.started_in = process, port, started_in
        self.headers: dict[str, str] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def cpu(self) -> float:
        """CPU seconds used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def settle(self) -> None:
        """Wait until the work in the background is done: it would be counted as the pages'."""
        while True:
            before = self.cpu()
            time.sleep(0.5)
            if self.cpu() - before < 2 / TICK:
                return

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def request(self, method: str, path: str, body: str | None = None, allowed: int = 0, **more: str) -> bytes:
        """Return the answer's body; raises RuntimeError for a failure other than the `allowed` status."""
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):  # left open for longer than the server does: once more
            self._connection.close()
            self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400 and answer.status != allowed:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def cost(self, ask: Callable[["Server"], object], seconds: float = 1.5) -> tuple[float, list[float]]:
        """Return CPU milliseconds a request, and the wall milliseconds of each, over about so many seconds."""
        for _ in range(20):
            ask(self)
        walls: list[float] = []
        before, began = self.cpu(), time.perf_counter()
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            ask(self)
            walls.append((time.perf_counter() - start) * 1000)
        return (self.cpu() - before) * 1000 / len(walls), sorted(walls)


@contextmanager
def serving(command: list[str], port: int, core: int, folder: Path, **environment: str) -> Iterator[Server]:
    """Run a server until the end of the block."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    began = time.perf_counter()
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "-c", str(core % (os.cpu_count() or 1)), *command],
            cwd=folder,
            env={**clean, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - began > 60:
                    raise RuntimeError((folder / f"{port}.log").read_text()[-2000:]) from None
                time.sleep(0.01)
        yield Server(process, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(10)
