"""Signing in by Flask-Security: argon2, lock-out by its rate of failures, no sign-in code of our own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, redirect, request, session, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_principal import Principal
from flask_security.datastore import SQLAlchemyUserDatastore

from hotline.config import Settings
from hotline.extensions import db, security
from hotline.security.models import Account, StaffRole

_ALWAYS_OPEN = {"security.change_password", "security.logout", "static"}


def init_app(app: Flask, settings: Settings, *, without_users: Collection[str] = ()) -> None:
    """Bind Flask-Security to the accounts table. `without_users`: blueprints that only machines call."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=False,
        SECURITY_TRACKABLE=True,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/console/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_POST_CHANGE_VIEW="/console/",
        SECURITY_LOGIN_USER_TEMPLATE="security/sign_in.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="security/change_password.html",  # noqa: S106 - a template
        SECURITY_FLASH_MESSAGES=True,
        SECURITY_DATETIME_FACTORY=_now,
        SECURITY_JOIN_USER_ROLES=False,  # there is no table of roles to join
        SECURITY_MSG_UNAUTHENTICATED=(_("Silakan masuk dulu."), "info"),
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(_("Alamat surel atau kata sandi salah."), "danger"),
        SECURITY_MSG_PASSWORD_CHANGE=(_("Kata sandi sudah diganti."), "success"),
    )
    security.init_app(app, Datastore(db, Account, StaffRole))
    _ask_people_only(app, without_users)
    app.before_request(_insist_on_a_new_password)


# Flask-Login's name for the cookie that outlives a session.
_REMEMBER = "remember_token"


def _ask_people_only(app: Flask, without_users: Collection[str]) -> None:
    """Flask-Principal looks for the user before every request; a provider's webhook has none, and comes often."""
    hooks = app.before_request_funcs[None]
    for place, hook in enumerate(hooks):
        if isinstance(getattr(hook, "__self__", None), Principal):
            hooks[place] = lambda ask=hook: None if request.blueprint in without_users else ask()


def _now() -> datetime:
    return datetime.now(UTC)


class Datastore(SQLAlchemyUserDatastore):
    """Accounts in our table; roles come from the member of staff, not from a table of Flask-Security's."""

    def find_role(self, role: str) -> StaffRole:
        return StaffRole(role)

    def commit(self) -> None:
        """Flask-Security ends its own small transactions (last sign-in, new password)."""
        db.session.commit()


def _insist_on_a_new_password() -> Response | Any | None:
    """A one-time password opens only the page on which it is replaced.

    Who brings no cookie has no session to hold back: asking all the same would have Flask-Security read the body
    of every webhook as JSON in search of a token, and fail on one that is nested without end.
    """
    if "_user_id" not in session and _REMEMBER not in request.cookies:
        return None
    if not current_user.is_authenticated or not current_user.must_change_password:
        return None
    if request.endpoint in _ALWAYS_OPEN:
        return None
    return redirect(url_for("security.change_password"))
