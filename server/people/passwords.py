"""Passwords: argon2id, at most two at a time, and the same work for people who do not exist."""

import threading

from pwdlib import PasswordHash

MIN_LENGTH = 10
MAX_LENGTH = 200
_hasher = PasswordHash.recommended()
_hashing_slots = threading.BoundedSemaphore(2)
"""Each check takes 64 MiB and a core for a while; more at once would be an attack on ourselves."""
_dummy_hash: list[str] = []


def hash_password(password: str) -> str:
    """Return the hash to keep."""
    with _hashing_slots:
        return _hasher.hash(password)


def verify(password: str, kept: str | None) -> bool:
    """Say whether a password is right; without a kept hash it takes as long and is wrong."""
    with _hashing_slots:
        if kept is None:
            if not _dummy_hash:
                _dummy_hash.append(_hasher.hash("nobody has this password"))
            _hasher.verify(password, _dummy_hash[0])
            return False
        return _hasher.verify(password, kept)
