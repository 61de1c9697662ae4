"""Marks by which somebody recognises what they wrote without a name, and nobody else can tell whose it is."""

import hashlib
import hmac
import secrets

_NONCE = 8


def sign(secret: str, about: str, person_id: int) -> str:
    """Return what recognises an author; it is another one each time, so that no two things can be put together."""
    nonce = secrets.token_hex(_NONCE)
    return f"{nonce}{_signed(secret, about, nonce, person_id)}"


def verify(secret: str, about: str, made: str, person_id: int) -> bool:
    """Say whether somebody made a seal; without the server's secret nobody can tell."""
    nonce, signed = made[: 2 * _NONCE], made[2 * _NONCE :]
    return hmac.compare_digest(signed, _signed(secret, about, nonce, person_id))


def _signed(secret: str, about: str, nonce: str, person_id: int) -> str:
    return hmac.new(secret.encode(), f"{about} {nonce} {person_id}".encode(), hashlib.sha256).hexdigest()[:48]
