"""The memory of a server under mixed traffic of many people: it must stay flat once the caches are warm.

Everyone reads, simulates with assumptions of their own, searches, comments and downloads statements. `python -m
tests.bench.memory MINUTES` prints the memory every half minute.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from sqlmodel import Session, select

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.people.models import Person, Role, UserSession
from server.people.service import digest
from server.seeding.sample import load_sample
from server.settings import DEMO_SECRET, load
from server.web.csrf import form_token
from tests.bench.servers import Server, serving
from tests.free_port import free_port

ROOT = Path(__file__).parent.parent.parent
PROPOSAL = "/proposals/pay-for-customers-who-stay"
WARM_SECONDS, MEASURED_SECONDS = 60, 60
MAX_GROWTH = 1.1
"""Memory after as much traffic again, against that of a warm server."""


def paths(numbers: random.Random) -> tuple[str, ...]:
    """Return addresses that people open, with assumptions that no one has tried before."""
    key = numbers.choice("abc")
    what_if = urlencode({"attainment": numbers.randint(20, 250), "aha": numbers.randint(0, 100)})
    return (
        "/",
        PROPOSAL,
        f"{PROPOSAL}?pay=1",
        f"{PROPOSAL}/compare",
        f"{PROPOSAL}/changes",
        f"{PROPOSAL}/history",
        f"{PROPOSAL}/candidates/{key}/simulator?{what_if}",
        f"{PROPOSAL}/candidates/{key}/next-year?{what_if}",
        f"{PROPOSAL}/candidates/{key}/statement?{what_if}",
        f"{PROPOSAL}/candidates/{key}/statement.csv?{what_if}",
        f"/me/pay?{what_if}",
        "/me/pay/statement.xlsx",
        f"/search?q=pay+{numbers.randint(0, 10_000)}",
        "/inbox",
        "/notices",
        "/pages",
    )


def sign_in_everyone(session: Session) -> list[str]:
    """Open a session for each rep of the sample company and return the tokens."""
    tokens = []
    for person in session.exec(select(Person).where(Person.role == Role.rep)):
        tokens.append(f"bench-{person.id}")
        session.add(UserSession(person_id=person.id, token_hash=digest(tokens[-1])))
    session.commit()
    return tokens


def traffic(server: Server, tokens: list[str], seconds: float, numbers: random.Random) -> int:
    """Send requests of random people for some seconds and return how many."""
    ends, sent = time.perf_counter() + seconds, 0
    while time.perf_counter() < ends:
        token = numbers.choice(tokens)
        server.headers = {
            "cookie": f"__Host-townhall={token}",
            "origin": f"http://127.0.0.1:{server.port}",
            "x-csrf-token": form_token(DEMO_SECRET, digest(token)),
        }
        path = numbers.choice(paths(numbers))
        server.request("GET", path, allowed=429)
        sent += 1
        if sent % 50 == 0:
            text = urlencode({"version": 2, "text": f"What about deal {numbers.randint(1, 10**9)}?"})
            server.request("POST", f"{PROPOSAL}/comments", text, allowed=429)
    return sent


def served(folder: Path) -> Iterator[tuple[Server, list[str]]]:
    """Serve the sample company and yield the server with everyone's tokens."""
    url = f"sqlite:///{folder}/memory.db"
    engine = open_engine(load(database_url=url))
    upgrade(engine)
    with Database(engine).writing() as session:
        load_sample(session)
        tokens = sign_in_everyone(session)
    engine.dispose()
    port = free_port()
    settings = {
        "TOWNHALL_DATABASE_URL": url,
        "TOWNHALL_PORT": str(port),
        "TOWNHALL_SECRET_KEY": DEMO_SECRET,
        "TOWNHALL_ENVIRONMENT": "development",
        "TOWNHALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    with serving([sys.executable, "-m", "server", "serve"], port, 1, folder, **settings) as server:
        yield server, tokens


def figures() -> Iterator[tuple[str, float, str, float | None]]:
    """Measure the memory of a warm server, and how much it grows with as much traffic again."""
    numbers = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for server, tokens in served(Path(folder)):
            traffic(server, tokens, WARM_SECONDS, numbers)
            warm = server.memory()
            sent = traffic(server, tokens, MEASURED_SECONDS, numbers)
            yield "memory under mixed traffic, warm", warm, "MB", None
            yield f"memory after {sent} more requests, against warm", server.memory() / warm, "x", MAX_GROWTH


def main() -> None:
    """Print the memory every half minute."""
    numbers = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for server, tokens in served(Path(folder)):
            print(f"at rest {server.memory():.0f} MB", flush=True)
            total = 0
            for half_minute in range(1, 2 * int(sys.argv[1]) + 1):
                total += traffic(server, tokens, 30, numbers)
                print(f"{half_minute / 2:>5} min {total:>7} requests {server.memory():.0f} MB", flush=True)


if __name__ == "__main__":
    main()
