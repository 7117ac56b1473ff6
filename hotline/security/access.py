"""Access is declared on every view. What is not declared fails a test and is refused at run time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, current_app, g, request
from flask_login import current_user
from sqlalchemy import select

from cases.rules.access import Permission, may
from cases.vocabulary import Actor, ActorKind
from hotline.extensions import db
from hotline.security.models import ApiToken

View = TypeVar("View", bound=Callable[..., Any])
DECLARED = "declared_access"


def signed_in(permission: Permission) -> Callable[[View], View]:
    """For people at the console: signed in, and with the permission."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined] # set by Flask-Login
            if not may(current_user.role, permission):
                abort(403)
            return view(*args, **kwargs)

        return _declared(guarded, f"signed in: {permission.value}")  # type: ignore[return-value] # same signature

    return declare


def bearer(permission: Permission) -> Callable[[View], View]:
    """For machines at the API: a token whose user holds the permission. 401 without one, 403 without the right."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            user = _user_of_token()
            if user is None:
                abort(401)
            if not may(user.role, permission):
                abort(403)
            g.actor = Actor(ActorKind.USER, user_id=user.id, role=user.role)
            return view(*args, **kwargs)

        return _declared(guarded, f"bearer: {permission.value}")  # type: ignore[return-value] # same signature

    return declare


def open_because(reason: str) -> Callable[[View], View]:
    """For everybody, and why: a signature or a signed link guards it, or it tells nothing."""

    def declare(view: View) -> View:
        return _declared(view, f"open: {reason}")

    return declare


def acting_user() -> Actor:
    """Who is at the console."""
    return Actor(ActorKind.USER, user_id=current_user.user_id, role=current_user.role)


def hash_of_token(token: str) -> bytes:
    """What is kept of a bearer token. Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def _user_of_token() -> Any:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    query = select(ApiToken).where(
        ApiToken.token_hash == hash_of_token(token.strip()), ApiToken.revoked_at.is_(None)
    )
    found = db.session.scalar(query)
    return found.user if found is not None and found.user.active else None


def _declared(view: View, access: str) -> View:
    setattr(view, DECLARED, access)
    return view
