"""CSRF tokens: bound to the session, and different on every page so that compression reveals nothing of them."""

from server.web.signing import sign_with_nonce, verify_with_nonce

_PURPOSE = "form"


def form_token(secret: str, session_hash: str) -> str:
    """Return a token for the forms of one page."""
    return sign_with_nonce(secret, _PURPOSE, session_hash)


def is_valid(token: str, secret: str, session_hash: str) -> bool:
    """Return whether a token belongs to this session."""
    return verify_with_nonce(secret, _PURPOSE, session_hash, token)
