"""Signed links: the address itself is the authority of somebody who has no account."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, Signer

REFERRAL = "referral"
PAGE = "page"


def sign(kind: str, thing_id: UUID, *, secret_key: str) -> str:
    """A short token that names one referral or one page and cannot be made up."""
    name = urlsafe_b64encode(thing_id.bytes).rstrip(b"=")
    return _signer(kind, secret_key).sign(name).decode()


def opened(kind: str, token: str) -> UUID | None:
    """The thing a token names; None for a forged one, or one of another kind."""
    try:
        name = _signer(kind, current_app.config["SECRET_KEY"]).unsign(token)
        return UUID(bytes=urlsafe_b64decode(name + b"=="))
    except (BadSignature, ValueError):
        return None


def _signer(kind: str, secret_key: str) -> Signer:
    return Signer(secret_key, salt=f"link:{kind}")
