"""What Twilio tells us: messages from people, and how far our own messages got."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from cases.errors import Refused
from cases.services.bundling import carried_with
from cases.services.outbox import record_receipt
from escalation.services.take_message import Taken
from escalation.services.walk_on import walk_on
from hotline.channels.twilio import calling, voice
from hotline.channels.twilio.flood_gate import FloodGate
from hotline.channels.twilio.intake import take_form
from hotline.channels.twilio.reported import heed_report
from hotline.channels.twilio.schemas import PageCallSchema, StatusSchema
from hotline.channels.twilio.signature import SignatureCheck
from hotline.extensions import csrf
from hotline.reference import current_book
from hotline.security.access import open_because
from hotline.spool import Spool, Spooled
from hotline.unit_of_work import is_outage, is_passing, unit_of_work

Result = TypeVar("Result")
blueprint = Blueprint("twilio", __name__)
csrf.exempt(blueprint)
logger = structlog.get_logger(__name__)

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
SPOOLED = "spooled"
_RECEIVED = Counter(
    "hotline_messages_received_total", "Incoming messages by what became of them", ["outcome"]
)
_CALLS = Counter("hotline_calls_received_total", "Incoming calls by what became of them", ["outcome"])
_REFUSED = Counter("hotline_webhooks_refused_total", "Webhooks refused, by reason", ["reason"])
_RECEIPTS = Counter("hotline_receipts_total", "Status reports of outgoing messages", ["status"])

_STATUS, _PAGE_CALL = StatusSchema(), PageCallSchema()
_KNOWN_STATUSES = frozenset(
    [
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "delivered",
        "undelivered",
        "failed",
        "read",
        "canceled",
    ]
)

_NOT_ARRIVED = frozenset({"failed", "undelivered"})


@blueprint.before_request
def refuse_what_twilio_did_not_sign() -> Response | None:
    """Nothing behind this line runs on a request that somebody made up."""
    check: SignatureCheck = current_app.extensions["twilio_signature"]
    # Kept for the spool: once the form is parsed, the body is gone.
    request.get_data(cache=True)
    if not check.accepts(request):
        return _refuse("signature", 403)
    if request.mimetype != "application/x-www-form-urlencoded":
        return _refuse("content_type", 415)
    if request.form.get("AccountSid") != current_app.config["TWILIO_ACCOUNT_SID"]:
        return _refuse("account", 403)
    return None


@blueprint.post("/twilio/messages")
@open_because("signed by Twilio")
def messages() -> Response:
    """Take a message in. 200 with empty TwiML when it is stored, also when it was stored before, and when it is on
    the spool's disk: because the database cannot be reached, or because this sender floods."""
    gate: FloodGate = current_app.extensions["flood_gate"]
    if gate.overflows(request.form.get("From", ""), time.monotonic()) and spool_request():
        return _acknowledge(SPOOLED)
    try:
        taken = _take()
    except ValidationError as error:
        return _refuse("malformed", 400, fields=sorted(error.normalized_messages()))
    except SQLAlchemyError as error:
        if not (is_outage(error) or is_passing(error)):
            raise
        logger.error("database does not take it, message goes to the spool", error=type(error).__name__)
        return _spool()
    return _acknowledge(taken.outcome.value)


@blueprint.post("/twilio/messages/fallback", endpoint="fallback")
@open_because("signed by Twilio")
def fallback() -> Response:
    """Where Twilio turns when `/twilio/messages` fails: touches no database, only the disk of this machine.

    200 when the message is on the disk; 503 when it is not, so that Twilio notes it and the gap-fill finds it.
    """
    return _spool()


@blueprint.post(voice.INCOMING)
@open_because("signed by Twilio")
def incoming_call() -> Response:
    """Note a call and decline it. The caller hears our failures live, so every way of failing ends in the same TwiML:
    what cannot go to the database goes to the spool, and what cannot even go there is told to the log."""
    _note(
        lambda session: voice.take_call(session, _form(), book=current_book(session), now=datetime.now(UTC))
    )
    settings = current_app.config
    twiml = voice.answer_to_caller(settings["PUBLIC_URL"], voice_mail=settings["VOICE_MAIL"])
    return Response(twiml, mimetype="text/xml")


@blueprint.post(voice.ENDED)
@blueprint.post(voice.RECORDED, endpoint="call_recorded")
@blueprint.post(voice.HANG_UP, endpoint="call_done")
@open_because("signed by Twilio")
def call_fact() -> Response:
    """Note how a call ended or what was recorded; the answer ends the call where one is still going on."""
    path = request.path
    _note(lambda session: voice.take_call_fact(session, path, _form(), now=datetime.now(UTC)))
    return Response(voice.hang_up() if path == voice.HANG_UP else EMPTY_TWIML, mimetype="text/xml")


def _note(take: Callable[[Session], str | None]) -> None:
    """Take something of a call in, or spool it. Never raises for what a database does."""
    try:
        outcome = _on_a_fresh_connection_if_needed(take)
    except ValidationError as error:
        _REFUSED.labels("malformed").inc()
        logger.warning("webhook malformed", fields=sorted(error.normalized_messages()))
    except Exception as error:  # noqa: BLE001 - the caller hears our failures live, so none may get out
        logger.error("call goes to the spool", error=type(error).__name__)
        _CALLS.labels(SPOOLED if spool_request() else "lost").inc()
    else:
        if outcome:
            _CALLS.labels(outcome).inc()


def _take() -> Taken:
    """The normal path of a message."""
    form = _form()
    return _on_a_fresh_connection_if_needed(
        lambda session: take_form(session, form, book=current_book(session), now=datetime.now(UTC))
    )


def _on_a_fresh_connection_if_needed(take: Callable[[Session], Result]) -> Result:
    """One transaction. A connection that had died in the pool is no reason to spool: once more, on a fresh one."""
    try:
        with unit_of_work() as session:
            return take(session)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    with unit_of_work() as session:
        return take(session)


def _form() -> dict[str, str]:
    return request.form.to_dict()


def _spool() -> Response:
    if not spool_request():
        return _refuse("spool", 503)
    return _acknowledge(SPOOLED)


def spool_request() -> bool:
    """Keep the present request on the disk, to be taken in by a worker; False when the disk would not have it."""
    spool: Spool = current_app.extensions["spool"]
    spooled = Spooled(request.path, request.get_data(), datetime.now(UTC))
    try:
        name = spool.put(spooled)
    except OSError as error:
        logger.error("webhook not stored: the spool cannot be written", error=error.strerror)
        return False
    logger.info("webhook spooled", file=name)
    return True


def _acknowledge(outcome: str) -> Response:
    _RECEIVED.labels(outcome).inc()
    answer = Response(EMPTY_TWIML, mimetype="text/xml")
    # Told to whoever holds the auth token, so that a replay can count without asking the database.
    answer.headers["Hotline-Outcome"] = outcome
    return answer


@blueprint.post("/twilio/status")
@open_because("signed by Twilio")
def status() -> Response:
    """Take a status report in. 200 also for a message we do not know, so that Twilio stops asking."""
    try:
        values = _STATUS.load(request.form.to_dict())
        message_id = UUID(request.args.get("message", ""))
    except (ValidationError, ValueError):
        return _refuse("malformed", 400)
    reported = values["status"]
    with unit_of_work() as session:
        known = record_receipt(
            session,
            message_id,
            sid=values["sid"],
            status=reported,
            error_code=values["error_code"] or 0,
            now=datetime.now(UTC),
        )
        if known and reported in _NOT_ARRIVED:
            heed_report(session, message_id, code=values["error_code"] or 0, now=datetime.now(UTC))
    if known and reported in _NOT_ARRIVED:
        # In a transaction of its own: it locks the case first, as everybody does.
        with unit_of_work() as session:
            failed = carried_with(session, message_id)
        for failed_id in failed:
            with unit_of_work() as session:
                walk_on(session, failed_id, now=datetime.now(UTC))
    _RECEIPTS.labels(reported if reported in _KNOWN_STATUSES else "other").inc()
    if not known:
        logger.warning("receipt for an unknown message", message=str(message_id))
    return Response("", 204)


@blueprint.post(calling.PRESSED)
@open_because("signed by Twilio")
def page_key() -> Response:
    """Somebody on duty pressed a key: 1 takes the page. They hear whether it was noted, also when we fail."""
    language = None
    try:
        values = _PAGE_CALL.load(request.form.to_dict())
        message_id = UUID(request.args.get("message", ""))
        with unit_of_work() as session:
            language = calling.take_pressed(
                session, message_id, sid=values["sid"], digits=values["digits"], now=datetime.now(UTC)
            )
    except (ValidationError, ValueError, Refused, SQLAlchemyError) as error:
        logger.error("key of a call not noted", error=type(error).__name__)
    twiml = calling.answer_in_words("call_done" if language else "call_missed", language or "id")
    return Response(twiml, mimetype="text/xml")


@blueprint.post(calling.ENDED)
@open_because("signed by Twilio")
def page_call_status() -> Response:
    """How a call of ours stands. One that ended without a key is followed by the next way of its page."""
    try:
        values = _PAGE_CALL.load(request.form.to_dict())
        message_id = UUID(request.args.get("message", ""))
    except (ValidationError, ValueError):
        return _refuse("malformed", 400)
    now = datetime.now(UTC)
    with unit_of_work() as session:
        record_receipt(session, message_id, sid=values["sid"], status=values["status"], error_code=0, now=now)
    with unit_of_work() as session:
        walk_on(session, message_id, now=now)
    return Response("", 204)


def _refuse(reason: str, code: int, **facts: Any) -> Response:
    _REFUSED.labels(reason).inc()
    logger.warning("webhook refused", reason=reason, **facts)
    return Response(f"refused: {reason}\n", code, mimetype="text/plain")
