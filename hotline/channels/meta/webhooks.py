"""What Meta tells us: messages from people, and how far our own messages got."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cases.models import Message
from cases.services.outbox import record_receipt
from escalation.services.take_message import take_message
from escalation.services.walk_on import walk_on
from hotline.channels.meta.intake import inbound_of
from hotline.channels.meta.payload import Malformed, Received, Report, read_payload
from hotline.channels.meta.signature import SignatureCheck
from hotline.channels.twilio.flood_gate import FloodGate
from hotline.config import Settings
from hotline.extensions import csrf
from hotline.reference import current_book
from hotline.security.access import open_because
from hotline.spool import Spool, Spooled
from hotline.unit_of_work import is_outage, is_passing, unit_of_work

blueprint = Blueprint("meta", __name__)
csrf.exempt(blueprint)
logger = structlog.get_logger(__name__)

PATH = "/meta/webhook"
FAILED = "failed"
SIGNATURE, SETTINGS = "meta_signature", "meta_settings"
_RECEIVED = Counter("hotline_meta_messages_total", "Messages from Meta by what became of them", ["outcome"])
_REFUSED = Counter("hotline_meta_refused_total", "Webhooks refused, by reason", ["reason"])


@blueprint.get(PATH)
@open_because("answers a challenge to whoever knows the verify token")
def verify() -> Response:
    """Meta asks once, when the address is entered, whether it is ours."""
    settings: Settings = current_app.extensions[SETTINGS]
    given = request.args.get("hub.verify_token", "")
    expected = settings.meta_verify_token or ""
    if (
        not expected
        or request.args.get("hub.mode") != "subscribe"
        or not hmac.compare_digest(given.encode(), expected.encode())
    ):
        return _refuse("verify_token", 403)
    return Response(request.args.get("hub.challenge", ""), mimetype="text/plain")


@blueprint.post(PATH)
@open_because("signed by Meta")
def webhook() -> Response:
    """Take everything in. 200 when it is stored or on the spool's disk; 503 when neither, so that Meta comes again."""
    check: SignatureCheck = current_app.extensions[SIGNATURE]
    settings: Settings = current_app.extensions[SETTINGS]
    body = request.get_data(cache=True)
    if not check.accepts(body, request.headers.get("X-Hub-Signature-256", "")):
        return _refuse("signature", 403)
    try:
        received, reports = read_payload(body, phone_number_id=settings.meta_phone_number_id or "")
    except Malformed:
        # Signed, and yet not understood: kept for a human. Meta would only send the same again.
        logger.error("webhook of Meta malformed")
        return Response("", 200) if _bury(body) else _refuse("spool", 503)
    if _floods(received):
        return _spool(body)
    try:
        for one in received:
            _take(one, body)
        for report in reports:
            _take_report(report)
    except SQLAlchemyError as error:
        if not (is_outage(error) or is_passing(error)):
            raise
        logger.error("database does not take it, webhook goes to the spool", error=type(error).__name__)
        return _spool(body)
    return Response("", 200)


def take_spooled(session: Session, path: str, body: bytes, *, spooled_at: datetime, now: datetime) -> str:
    """Take in what could only be put on disk, in the caller's transaction. Raises for what cannot be read."""
    number = path.partition("?")[2]
    received, reports = read_payload(body, phone_number_id=number)
    for one in received:
        inbound = inbound_of(one, spooled_at=spooled_at)
        take_message(session, inbound, book=current_book(session), now=now)
    for report in reports:
        message_id = _record(session, report, now=now)
        if message_id is not None and report.status == FAILED:
            walk_on(session, message_id, now=now)
    return "webhook"


def _take(received: Received, body: bytes) -> None:
    """One message in its own transaction, so that a bad one holds up no other. A repeat changes nothing."""
    try:
        inbound = inbound_of(received)
    except ValueError as error:
        logger.error("message of Meta set aside", error=type(error).__name__)
        _bury(body)
        _RECEIVED.labels("set_aside").inc()
        return
    with unit_of_work() as session:
        taken = take_message(session, inbound, book=current_book(session), now=datetime.now(UTC))
    _RECEIVED.labels(taken.outcome.value).inc()


def _take_report(report: Report) -> None:
    with unit_of_work() as session:
        message_id = _record(session, report, now=datetime.now(UTC))
    if message_id is not None and report.status == FAILED:
        # In a transaction of its own: it locks the case first, as everybody does.
        with unit_of_work() as session:
            walk_on(session, message_id, now=datetime.now(UTC))


def _record(session: Session, report: Report, *, now: datetime) -> UUID | None:
    """Our message that the report is about, with the report taken in; None when it is not ours."""
    by_sid = select(Message.id).where(Message.provider_sid == report.sid)
    message_id = report.message_id or session.scalar(by_sid)
    if message_id is None or not record_receipt(
        session,
        message_id,
        sid=report.sid,
        status=report.status,
        error_code=report.error_code,
        now=now,
    ):
        logger.warning("report for an unknown message")
        return None
    return message_id


def _floods(received: list[Received]) -> bool:
    gate: FloodGate = current_app.extensions["flood_gate"]
    senders = [str(one.message.get("from") or one.message.get("from_user_id") or "") for one in received]
    # Each is counted, also after one that overflows.
    overflowing = [sender for sender in senders if gate.overflows(sender, time.monotonic())]
    return bool(overflowing)


def _spool(body: bytes) -> Response:
    try:
        _spool_of().put(_spooled(body))
    except OSError as error:
        logger.error("webhook not stored: the spool cannot be written", error=error.strerror)
        return _refuse("spool", 503)
    _RECEIVED.labels("spooled").inc()
    return Response("", 200)


def _bury(body: bytes) -> bool:
    """Keep for a human what cannot be taken in; False when the disk would not have it."""
    try:
        _spool_of().bury(_spooled(body), known_as=f"meta{hashlib.sha256(body).hexdigest()[:32]}")
    except OSError as error:
        logger.error("webhook not stored: the spool cannot be written", error=error.strerror)
        return False
    return True


def _spooled(body: bytes) -> Spooled:
    """The number stands in the path: whoever takes it in later knows no settings."""
    settings: Settings = current_app.extensions[SETTINGS]
    return Spooled(f"{PATH}?{settings.meta_phone_number_id}", body, datetime.now(UTC))


def _spool_of() -> Spool:
    spool: Spool = current_app.extensions["spool"]
    return spool


def _refuse(reason: str, code: int, **facts: Any) -> Response:
    _REFUSED.labels(reason).inc()
    logger.warning("webhook refused", reason=reason, **facts)
    return Response(f"refused: {reason}\n", code, mimetype="text/plain")
