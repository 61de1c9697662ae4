"""CSRF tokens: bound to the session, and different on every page so that compression reveals nothing."""

import hmac

from server.web.signing import sign_with_nonce, verify_with_nonce

_PURPOSE = "form"
_FORMER_NONCE, _FORMER_DIGITS = 16, 40
"""The lengths of the parts of a token of release 0.1, which pages that were open during an upgrade send."""


def form_token(secret: str, session_hash: str) -> str:
    """Return a token for the forms of one page."""
    return sign_with_nonce(secret, _PURPOSE, session_hash)


def is_valid(token: str, secret: str, session_hash: str) -> bool:
    """Return whether a token belongs to this session."""
    if len(token) == _FORMER_NONCE + _FORMER_DIGITS:
        nonce, seal = token[:_FORMER_NONCE], token[_FORMER_NONCE:]
        former = hmac.digest(secret.encode(), f"{nonce}{session_hash}".encode(), "sha256").hex()[:_FORMER_DIGITS]
        return hmac.compare_digest(seal.encode(), former.encode())
    return verify_with_nonce(secret, _PURPOSE, session_hash, token)
