"""What Twilio tells us: messages from people, and how far our own messages got."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError
from prometheus_client import Counter

from cases.services.outbox import record_receipt
from escalation.services.take_message import Inbound, take_message
from escalation.services.walk_on import walk_on
from hotline.channels.twilio.schemas import (
    NUL_MARK,
    InboundSchema,
    StatusSchema,
    addresses_of,
    content_of,
    media_of,
    unread_parameters,
)
from hotline.channels.twilio.signature import SignatureCheck
from hotline.extensions import csrf
from hotline.reference import current_book
from hotline.security.access import open_because
from hotline.unit_of_work import unit_of_work

blueprint = Blueprint("twilio", __name__)
csrf.exempt(blueprint)
logger = structlog.get_logger(__name__)

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_RECEIVED = Counter(
    "hotline_messages_received_total", "Incoming messages by what became of them", ["outcome"]
)
_REFUSED = Counter("hotline_webhooks_refused_total", "Webhooks refused, by reason", ["reason"])
_RECEIPTS = Counter("hotline_receipts_total", "Status reports of outgoing messages", ["status"])

_INBOUND = InboundSchema()
_STATUS = StatusSchema()
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
    if not check.accepts(request):
        return _refuse("signature", 403)
    if request.mimetype != "application/x-www-form-urlencoded":
        return _refuse("content_type", 415)
    if request.form.get("AccountSid") != current_app.config["TWILIO_ACCOUNT_SID"]:
        return _refuse("account", 403)
    return None


@blueprint.post("/twilio/messages")
@blueprint.post("/twilio/messages/fallback", endpoint="fallback")
@open_because("signed by Twilio")
def messages() -> Response:
    """Take a message in. 200 with empty TwiML when it is stored, also when it was stored before."""
    try:
        values = _INBOUND.load(request.form.to_dict())
    except ValidationError as error:
        return _refuse("malformed", 400, fields=sorted(error.normalized_messages()))
    with unit_of_work() as session:
        now = datetime.now(UTC)
        taken = take_message(session, _inbound(values), book=current_book(session), now=now)
    _RECEIVED.labels(taken.outcome.value).inc()
    answer = Response(EMPTY_TWIML, mimetype="text/xml")
    # Told to whoever holds the auth token, so that a replay can count without asking the database.
    answer.headers["Hotline-Outcome"] = taken.outcome.value
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
        # In a transaction of its own: it locks the case first, as everybody does.
        with unit_of_work() as session:
            walk_on(session, message_id, now=datetime.now(UTC))
    _RECEIPTS.labels(reported if reported in _KNOWN_STATUSES else "other").inc()
    if not known:
        logger.warning("receipt for an unknown message", message=str(message_id))
    return Response("", 204)


def _inbound(values: dict[str, Any]) -> Inbound:
    body = values["body"]
    has_nul = "\x00" in body
    return Inbound(
        sid=values["sid"].replace("\x00", NUL_MARK),
        addresses=addresses_of(values),
        body=body.replace("\x00", NUL_MARK) if has_nul else body,
        body_raw=body.encode() if has_nul else None,
        profile_name=values["profile_name"],
        content=content_of(values),
        extra=unread_parameters(request.form.to_dict()),
        media=media_of(values),
    )


def _refuse(reason: str, code: int, **facts: Any) -> Response:
    _REFUSED.labels(reason).inc()
    logger.warning("webhook refused", reason=reason, **facts)
    return Response(f"refused: {reason}\n", code, mimetype="text/plain")
