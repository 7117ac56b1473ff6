"""Calling a phone on duty: the page is spoken, and one key takes it. Persons are never called by a machine."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session
from twilio.base.exceptions import TwilioException
from twilio.twiml.voice_response import VoiceResponse

from cases.models import Message
from cases.services.outbox import record_receipt
from cases.vocabulary import Actor, ActorKind
from escalation.models import Page
from escalation.services.acknowledge import BY_CALL, acknowledge_page
from hotline.channels.port import FailureClass, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.channels.twilio.credentials import Credentials, status_of
from hotline.config import Settings
from hotline.wording import render

PRESSED, ENDED = "/twilio/call/pressed", "/twilio/call/status"
MINE = "1"
# Longer, and an answering machine picks up.
RINGS_SECONDS = 25
_WAITS_SECONDS = 8
_TIMES_SAID = 2
_EVENTS = ["initiated", "ringing", "answered", "completed"]
_SPOKEN = {"id": "id-ID", "en": "en-GB"}
_MOST_LISTED = 200


def call(credentials: Credentials, settings: Settings, outgoing: Outgoing) -> Outcome:
    """Let a phone ring. Raises what the SDK and the network raise."""
    sender = settings.twilio_voice_from or settings.twilio_sms_from
    if not sender:
        return NotSent(0, FailureClass.CONFIGURATION)
    made = credentials.ask(
        lambda client: client.calls.create(
            to=outgoing.to,
            from_=sender,
            twiml=spoken_page(outgoing, settings.public_url),
            timeout=RINGS_SECONDS,
            status_callback=f"{settings.public_url}{ENDED}?message={outgoing.message_id}",
            status_callback_event=_EVENTS,
        )
    )
    return Sent(made.sid, made.status or "queued")


def find_call(
    credentials: Credentials, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]
) -> Outcome:
    """Look for a call whose making ended unknown: one to this phone since then that is no other message's."""
    try:
        listed = credentials.ask(
            lambda client: client.calls.list(to=outgoing.to, start_time_after=since, limit=_MOST_LISTED)
        )
    except (requests.RequestException, TwilioException, ValueError) as error:
        status = status_of(error)
        return Unknown(f"HTTP {status}" if status else type(error).__name__)
    for made in listed:
        if made.direction == "outbound-api" and made.sid not in known_sids:
            return Sent(made.sid, made.status or "queued")
    return NotSent(0, FailureClass.RETRY)


def spoken_page(outgoing: Outgoing, public_url: str) -> str:
    """TwiML that says a page, twice, and waits for a key after each time."""
    response = VoiceResponse()
    for _ in range(_TIMES_SAID):
        gather = response.gather(
            num_digits=1,
            timeout=_WAITS_SECONDS,
            action=f"{public_url}{PRESSED}?message={outgoing.message_id}",
            method="POST",
        )
        gather.say(outgoing.body, language=_SPOKEN.get(outgoing.language, "id-ID"))
    response.hangup()
    return str(response)


def answer_in_words(kind: str, language: str) -> str:
    """TwiML that says one sentence and ends the call."""
    response = VoiceResponse()
    response.say(render(kind, language), language=_SPOKEN.get(language, "id-ID"))
    response.hangup()
    return str(response)


def take_pressed(session: Session, message_id: UUID, *, sid: str, digits: str, now: datetime) -> str | None:
    """A key was pressed during the call of a message: 1 acknowledges its page. Gives the language of the phone when
    it did; None for another key, or a message that is no page."""
    page = _page_of(session, message_id)
    if page is None or digits != MINE:
        return None
    by = Actor(ActorKind.AGENCY, contact_id=page.contact_id)
    acknowledge_page(session, page.id, by=by, via=BY_CALL, now=now)
    record_receipt(session, message_id, sid=sid, status="read", error_code=0, now=now)
    return page.contact.language


def _page_of(session: Session, message_id: UUID) -> Page | None:
    """The page that a message repeats on another way."""
    message = session.get(Message, message_id)
    if message is None or not (message.parameters or {}).get("page"):
        return None
    return session.scalar(select(Page).where(Page.id == UUID(str((message.parameters or {})["page"]))))
