"""What an officer says to the person who wrote."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Invalid, WrongState
from cases.models import Case, Message
from cases.services.send_to_person import send_to_person
from cases.vocabulary import Actor, MessageKind, Purpose

# Twilio refuses longer bodies (error 21617).
LONGEST_REPLY = 1600


def reply_to_reporter(
    session: Session, case: Case, body: str, *, tells_nothing: bool = False, by: Actor, now: datetime
) -> Message:
    """Queue an officer's reply, through the contact gate. `tells_nothing`: the officer answers for it that the words
    tell nothing of the worker, which is needed where the reporter is a proxy who may not know.

    Raises what `send_to_person` raises; Invalid for no words or too many; WrongState for a closed case.
    """
    text = body.strip()
    if not text or len(text) > LONGEST_REPLY or "\x00" in text:
        raise Invalid("a reply needs words, at most 1,600 characters", field="body")
    _refuse_closed(case)
    return send_to_person(
        session,
        case,
        kind=MessageKind.REPLY,
        purpose=Purpose.REPLY,
        body=text,
        tells_nothing=tells_nothing,
        by=by,
        now=now,
    )


def greet_reporter(session: Session, case: Case, *, by: Actor, now: datetime) -> Message:
    """Queue the neutral greeting: words that say nothing of us and ask when we may write."""
    _refuse_closed(case)
    return send_to_person(
        session,
        case,
        kind=MessageKind.NEUTRAL_REPLY,
        purpose=Purpose.REPLY,
        wording="neutral_reply",
        by=by,
        now=now,
    )


def _refuse_closed(case: Case) -> None:
    if not case.is_open:
        raise WrongState("the case is closed: reopen it to write", status=case.status)
