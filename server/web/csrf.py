"""Form tokens: bound to the session, fresh on every page so that compression reveals nothing of them."""

import hmac
import secrets

_SALT = 8


def form_token(secret: str, session_hash: str) -> str:
    """Return a token for the forms of one page."""
    salt = secrets.token_hex(_SALT)
    return f"{salt}{_sign(secret, salt, session_hash)}"


def is_valid(token: str, secret: str, session_hash: str) -> bool:
    """Say whether a token belongs to this session."""
    salt, seal = token[: 2 * _SALT], token[2 * _SALT :]
    return hmac.compare_digest(seal.encode(), _sign(secret, salt, session_hash).encode())


def _sign(secret: str, salt: str, session_hash: str) -> str:
    return hmac.digest(secret.encode(), f"{salt}{session_hash}".encode(), "sha256").hex()[:40]
