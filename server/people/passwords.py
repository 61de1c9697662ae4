"""Password hashes: argon2id, at most two at a time, with equal work for people who do not exist."""

import threading

from pwdlib import PasswordHash

MIN_LENGTH = 10
MAX_LENGTH = 200
_hasher = PasswordHash.recommended()
_hashing_slots = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB and a core for a while; more at once would overload the server."""
_dummy_hash: list[str] = []


def hash_password(password: str) -> str:
    """Return the hash of a password, to be stored."""
    with _hashing_slots:
        return _hasher.hash(password)


def verify(password: str, stored_hash: str | None) -> bool:
    """Return whether a password matches a stored hash; without a hash it takes as long and returns False."""
    with _hashing_slots:
        if stored_hash is None:
            if not _dummy_hash:
                _dummy_hash.append(_hasher.hash("the password of no account"))
            _hasher.verify(password, _dummy_hash[0])
            return False
        return _hasher.verify(password, stored_hash)
