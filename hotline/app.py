"""The wiring, readable from top to bottom."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, current_app, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

import hotline.channels.twilio.watermark
import hotline.security.models  # noqa: F401 - registers the tables
from cases.database import keyring
from cases.errors import Refused
from hotline import api, console, health, patience, portal
from hotline.channels.meta import webhooks as meta_webhooks
from hotline.channels.meta.signature import SignatureCheck as MetaSignatureCheck
from hotline.channels.twilio import webhooks
from hotline.channels.twilio.flood_gate import FloodGate
from hotline.channels.twilio.signature import SignatureCheck
from hotline.config import Settings
from hotline.console import shared as live_shared
from hotline.errors import status_of
from hotline.extensions import babel, csrf, db, migrate
from hotline.logging import configure_logging
from hotline.media.serving import EXTENSION
from hotline.media.store import MediaStore
from hotline.migrations import MIGRATIONS
from hotline.security import sign_in
from hotline.security.access import open_because
from hotline.spool import Spool
from hotline.unit_of_work import is_outage, is_passing

LANGUAGES = ("id", "en")
LARGEST_BODY = 4 * 1024 * 1024
POOL_SIZE = 8
# How long all of a request's waits for the database may last together. Twilio is told to wait for five seconds
# (WEBHOOK_PATIENCE_MS): before that the spool must have taken over.
PAGE_SECONDS = 10.0
RETRY_AFTER = 5

_WEBHOOKS = frozenset({webhooks.blueprint.name, meta_webhooks.blueprint.name})


def create_app(settings: Settings) -> Flask:
    """An application for these settings. Starts nothing: no scheduler, no worker, no thread."""
    configure_logging()
    keyring.load(settings.encryption_keys)
    app = Flask("hotline", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        PUBLIC_URL=settings.public_url,
        TWILIO_ACCOUNT_SID=settings.twilio_account_sid,
        VOICE_MAIL=settings.voice_mail,
        CLAMD_URL=settings.clamd_url,
        WEBHOOK_SECONDS=settings.webhook_patience_ms / 1000,
        PAGE_SECONDS=max(settings.webhook_patience_ms / 1000, PAGE_SECONDS),
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": POOL_SIZE,
            "max_overflow": 8,
            # The text of a database error would otherwise carry numbers and messages into the log.
            "hide_parameters": True,
            "connect_args": patience.CONNECT_ARGS,
            "pool_timeout": patience.CONNECT_SECONDS,
        },
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
    app.extensions["flood_gate"] = FloodGate()
    app.extensions[live_shared.EXTENSION] = live_shared.Shared()
    app.extensions["spool"] = Spool(settings.spool_dir)
    app.extensions["twilio_signature"] = SignatureCheck(
        settings.public_url, [settings.twilio_auth_token, settings.twilio_auth_token_next or ""]
    )
    app.extensions[EXTENSION] = MediaStore(settings.media_dir, settings.encryption_keys)
    if settings.whatsapp_provider == "meta":
        app.extensions[meta_webhooks.SETTINGS] = settings
        app.extensions[meta_webhooks.SIGNATURE] = MetaSignatureCheck(
            [settings.meta_app_secret or "", settings.meta_app_secret_next or ""]
        )
        app.register_blueprint(meta_webhooks.blueprint)
    # Before the extensions: the last thing a request waits for is that its session ends.
    app.before_request(_begin_to_wait)
    app.teardown_appcontext(_stop_waiting)
    db.init_app(app)
    with app.app_context():
        patience.make_patient(db.engine)
    migrate.init_app(app, db, directory=str(MIGRATIONS), compare_type=True)
    babel.init_app(app, locale_selector=_language)
    csrf.init_app(app)
    sign_in.init_app(app, settings, without_users=_WEBHOOKS)
    for blueprint in (health.blueprint, webhooks.blueprint, portal.blueprint, console.blueprint):
        app.register_blueprint(blueprint)
    api.init_app(app)
    app.add_url_rule("/", "root", open_because("only leads to the console")(_root))
    app.add_template_global(get_locale)
    for code in (403, 404, 413, 500):
        app.register_error_handler(code, _error_page)
    app.register_error_handler(Refused, _refused_page)
    app.register_error_handler(SQLAlchemyError, _outage_page)
    app.after_request(_headers)
    return app


def _root() -> Response:
    return redirect(url_for("console.queue"))  # type: ignore[return-value] # a werkzeug response is one


def _error_page(error: HTTPException) -> tuple[str, int]:
    """A page without details: what went wrong inside is told to the log, never to the reader."""
    code = error.code or 500
    words = {
        403: _("Anda tidak berhak membuka halaman ini."),
        404: _("Halaman ini tidak ada."),
        413: _("Terlalu besar."),
    }
    return render_template(
        "error.html", code=code, message=words.get(code, _("Ada yang salah di pihak kami."))
    ), code


def _refused_page(refused: Refused) -> tuple[str, int]:
    code = status_of(refused)
    words = _("Halaman ini tidak ada.") if code == 404 else _("Tidak bisa: keadaan sudah berubah.")
    return render_template("error.html", code=code, message=words), code


def _begin_to_wait() -> None:
    of_webhook = request.blueprint in _WEBHOOKS
    patience.begin(current_app.config["WEBHOOK_SECONDS" if of_webhook else "PAGE_SECONDS"])


def _stop_waiting(_error: BaseException | None) -> None:
    patience.end()


def _outage_page(error: SQLAlchemyError) -> tuple[str, int, dict[str, str]]:
    """The database does not answer: nothing is broken here, and it is worth another try."""
    if not (is_outage(error) or is_passing(error)):
        raise error
    words = _("Basis data tidak menjawab. Coba lagi sebentar.")
    return render_template("outage.html", message=words), 503, {"Retry-After": str(RETRY_AFTER)}


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
