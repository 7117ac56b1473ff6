"""The wiring, readable from top to bottom."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request, session

import cases.models
import escalation.models
import hotline.security.models  # noqa: F401 - registers the tables
from cases.database import keyring
from hotline import api, console, health, portal
from hotline.channels.twilio import webhooks
from hotline.channels.twilio.signature import SignatureCheck
from hotline.config import Settings
from hotline.extensions import babel, csrf, db, migrate
from hotline.logging import configure_logging
from hotline.migrations import MIGRATIONS
from hotline.security import sign_in

LANGUAGES = ("id", "en")
LARGEST_BODY = 4 * 1024 * 1024
POOL_SIZE = 8


def create_app(settings: Settings) -> Flask:
    """An application for these settings. Starts nothing: no scheduler, no worker, no thread."""
    configure_logging()
    keyring.load(settings.encryption_keys)
    app = Flask("hotline", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        PUBLIC_URL=settings.public_url,
        TWILIO_ACCOUNT_SID=settings.twilio_account_sid,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": POOL_SIZE, "max_overflow": 8, "pool_pre_ping": False},
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        BABEL_DEFAULT_LOCALE="id",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
    )
    app.extensions["twilio_signature"] = SignatureCheck(
        settings.public_url, [settings.twilio_auth_token, settings.twilio_auth_token_next or ""]
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS), compare_type=True)
    babel.init_app(app, locale_selector=_language)
    csrf.init_app(app)
    sign_in.init_app(app, settings)
    for blueprint in (health.blueprint, webhooks.blueprint, portal.blueprint, console.blueprint):
        app.register_blueprint(blueprint)
    api.init_app(app)
    app.after_request(_headers)
    return app


def _language() -> str:
    """The language of the page: the switch first, then Indonesian. Browsers' settings say little about staff."""
    wanted = request.args.get("lang")
    if wanted in LANGUAGES:
        session["lang"] = wanted
        return wanted
    kept = session.get("lang")
    return kept if kept in LANGUAGES else "id"


def _headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; "
        "form-action 'self'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
