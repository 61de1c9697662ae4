"""The command line for tests: as a process of its own, or quickly inside the process of the tests."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from server.cli import app

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Completed:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def run_townhall(folder: Path, *words: str, **environment: str) -> Completed:
    """Run a command in a folder as people do, without the settings of this machine."""
    completed = subprocess.run(
        [sys.executable, "-m", "server", *words],
        cwd=folder,
        env=_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return Completed(completed.returncode, completed.stdout, completed.stderr)


def start_townhall(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a command that runs until it is ended."""
    return subprocess.Popen([sys.executable, "-m", "server", *words], cwd=folder, env=_environment())


def _environment(**variables: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    return {**clean, "PYTHONPATH": str(ROOT), **variables}


def call_townhall(folder: Path, *words: str) -> Completed:
    """Run a command that does not serve in a folder, without starting a process."""
    unset = dict.fromkeys(name for name in os.environ if name.startswith("TOWNHALL_"))
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, words, env=unset)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Completed(result.exit_code, result.stdout, result.stderr)
