"""A telephone call: noted as a message, and declined without a word. Nothing spoken names the service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from twilio.twiml.voice_response import VoiceResponse

from cases.rules.hidden_numbers import is_hidden
from cases.services.calls import UnknownCall, note_anonymous_call, note_call_fact
from cases.vocabulary import Channel, MessageKind, Urgency
from escalation.services.book import Book
from escalation.services.take_message import Inbound, take_message
from hotline.channels.twilio.intake import Late
from hotline.channels.twilio.schemas import NUL_MARK, CallSchema, addresses_of

# A call without words says nothing of why. Somebody looks at it within the hours of U3, not of U4.
LEAST_URGENCY = Urgency.U3
INCOMING, ENDED, RECORDED = "/twilio/voice", "/twilio/voice/status", "/twilio/voice/recording"
HANG_UP = "/twilio/voice/done"
_LONGEST_RECORDING = 120
_SILENCE_ENDS = 5
_NOTHING_RECORDED = frozenset({"absent", "failed"})

_CALL = CallSchema()


def answer_to_caller(public_url: str, *, voice_mail: bool) -> str:
    """TwiML for an incoming call: busy, or a tone and silence to speak into."""
    response = VoiceResponse()
    if voice_mail:
        response.record(
            max_length=_LONGEST_RECORDING,
            timeout=_SILENCE_ENDS,
            play_beep=True,
            action=f"{public_url}{HANG_UP}",
            recording_status_callback=f"{public_url}{RECORDED}",
            recording_status_callback_event="completed absent",
        )
        response.hangup()
    else:
        response.reject(reason="busy")
    return str(response)


def hang_up() -> str:
    """TwiML that ends a call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def take_call(
    session: Session, form: Mapping[str, str], *, book: Book, now: datetime, late: Late | None = None
) -> str:
    """Take in a call, in the caller's transaction; a repeat changes nothing. Gives the outcome in one word.

    A hidden number makes no person and no case: the call is kept for officers to see. Raises marshmallow's
    ValidationError for a form that is no call.
    """
    values: dict[str, Any] = _CALL.load(_storable(form))
    at = late.since if late else now
    facts = {name: values[name] for name in ("status", "forwarded_from") if values.get(name)}
    if is_hidden(values["sender"]):
        known = note_anonymous_call(session, values["sid"], content={"call": facts}, at=at)
        return "repeated" if known else "anonymous"
    addresses = addresses_of({"sender": values["sender"]})
    country = addresses[0].country
    facts["country"] = country
    if country in book.countries:
        facts["local_time"] = at.astimezone(ZoneInfo(book.countries[country].timezone)).isoformat(
            timespec="minutes"
        )
    content: dict[str, Any] = {"call": facts}
    if late is not None:
        content["came"] = {"by": late.way.value, "sent_at": late.since.isoformat()}
    inbound = Inbound(
        sid=values["sid"],
        addresses=addresses,
        body="",
        content=content,
        kind=MessageKind.CALL,
        channel=Channel.CALL,
        least=LEAST_URGENCY,
        received_at=late.since if late else None,
    )
    return take_message(session, inbound, book=book, now=now).outcome.value


def take_call_fact(session: Session, path: str, form: Mapping[str, str], *, now: datetime) -> None:
    """Note how a call ended, or what was left in words; reports may come twice and in any order.

    Raises UnknownCall for a call that was not taken in (yet), ValidationError for a form that is no report.
    """
    values: dict[str, Any] = _CALL.load(_storable(form))
    if values.get("recording_url") and values.get("recording_status") not in _NOTHING_RECORDED:
        fact = {
            "recording": {
                "url": values["recording_url"],
                "sid": values.get("recording_sid"),
                "seconds": _whole(values.get("recording_seconds")),
            }
        }
    elif path == ENDED:
        fact = {"call": {"status": values.get("status"), "seconds": _whole(values.get("seconds"))}}
    else:
        return
    note_call_fact(session, values["sid"], fact, now=now)


def _storable(form: Mapping[str, str]) -> dict[str, str]:
    """The form with NULs marked, which PostgreSQL does not store: no call may be lost for one."""
    return {name: value.replace("\x00", NUL_MARK) for name, value in form.items()}


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


__all__ = [
    "ENDED",
    "INCOMING",
    "RECORDED",
    "UnknownCall",
    "answer_to_caller",
    "hang_up",
    "take_call",
    "take_call_fact",
]
