"""Passwords: argon2id, at most two at a time, and the same work for people who do not exist."""

import threading

from pwdlib import PasswordHash

SHORTEST = 10
LONGEST = 200
_hasher = PasswordHash.recommended()
_turns = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB and a core for a while; more at once would be an attack on ourselves."""
_nobody: list[str] = []


def hash_password(password: str) -> str:
    """Return the hash to keep."""
    with _turns:
        return _hasher.hash(password)


def verify(password: str, kept: str | None) -> bool:
    """Say whether a password is right; without a kept hash it takes as long and is wrong."""
    with _turns:
        if kept is None:
            if not _nobody:
                _nobody.append(_hasher.hash("nobody has this password"))
            _hasher.verify(password, _nobody[0])
            return False
        return _hasher.verify(password, kept)
