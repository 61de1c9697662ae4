"""Signatures: proof that this server issued a value, or who the author of something anonymous is."""

import hashlib
import hmac
import secrets
from functools import lru_cache

from itsdangerous import Signer

_NONCE_DIGITS = 16
_FORMER_DIGITS = 48


@lru_cache(maxsize=32)
def _signer(secret: str, purpose: str) -> Signer:
    return Signer(secret, salt=f"townhall {purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


def sign(secret: str, purpose: str, value: str) -> str:
    """Return the signature of a value: 43 URL-safe characters, the same each time."""
    return _signer(secret, purpose).get_signature(value).decode()


def verify(secret: str, purpose: str, value: str, signature: str) -> bool:
    """Return whether this is the signature of a value; takes the same time whatever is wrong with it."""
    return _signer(secret, purpose).verify_signature(value, signature)


def sign_with_nonce(secret: str, purpose: str, value: str) -> str:
    """Return a signature that differs each time, so that two of one value cannot be recognised as such."""
    nonce = secrets.token_hex(_NONCE_DIGITS // 2)
    return nonce + sign(secret, purpose, f"{nonce} {value}")


def verify_with_nonce(secret: str, purpose: str, value: str, signature: str) -> bool:
    """Return whether a signature with a nonce is of this value."""
    nonce, rest = signature[:_NONCE_DIGITS], signature[_NONCE_DIGITS:]
    if len(rest) == _FORMER_DIGITS:  # as releases up to 0.1 signed what is stored
        former = hmac.digest(secret.encode(), f"{purpose} {nonce} {value}".encode(), "sha256").hex()[:_FORMER_DIGITS]
        return hmac.compare_digest(rest.encode(), former.encode())
    return verify(secret, purpose, f"{nonce} {value}", rest)
