"""What becomes known of a telephone call after it came in, and calls that belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, new_id
from cases.errors import NotFound
from cases.models import AnonymousCall, Message
from cases.queries.find_case import locked_case
from cases.services.event_log import record_event, touch
from cases.vocabulary import WORKER, Actor, EventKind


class UnknownCall(NotFound):
    """A report about a call that was never taken in."""

    code = "unknown_call"


def note_anonymous_call(session: Session, sid: str, *, content: Mapping[str, Any], at: datetime) -> bool:
    """Keep a call from a hidden number. True when it was known already; then nothing changes."""
    values = {"id": new_id(), "provider_sid": sid, "received_at": at, "content": dict(content)}
    kept = session.scalar(
        insert(AnonymousCall)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["provider_sid"])
        .returning(AnonymousCall.id)
    )
    return kept is None


def note_call_fact(session: Session, sid: str, fact: Mapping[str, Any], *, now: datetime) -> None:
    """Add to what is known of a call. A recording is a line in the case's log and shows on live pages; a fact
    that is known already changes nothing. Raises UnknownCall."""
    case_id = session.scalar(select(Message.case_id).where(Message.provider_sid == sid))
    if case_id is None:
        _note_on_anonymous(session, sid, fact)
        return
    case = locked_case(session, case_id)
    message = session.scalars(
        select(Message)
        .where(Message.provider_sid == sid)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    merged = _merged(message.content, fact)
    if merged == message.content:
        return
    message.content = merged
    if "recording" in fact:
        data = {"message": str(message.id), "part": "recording"}
        record_event(session, case, EventKind.MESSAGE_RECEIVED, by=WORKER, now=now, data=data)
    touch(case, now=now)


def see_anonymous_call(session: Session, call_id: UUID, *, by: Actor, now: datetime) -> None:
    """An officer has looked at it. The first one stays named. Raises NotFound."""
    call = session.get(AnonymousCall, call_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if call is None:
        raise NotFound("there is no such call")
    if call.seen_at is None:
        call.seen_at, call.seen_by_id = now, by.user_id


def _note_on_anonymous(session: Session, sid: str, fact: Mapping[str, Any]) -> None:
    call = session.scalar(
        select(AnonymousCall).where(AnonymousCall.provider_sid == sid).with_for_update(key_share=True)
    )
    if call is None:
        raise UnknownCall("a report about a call that was never taken in", sid=sid)
    merged = _merged(call.content, fact)
    if merged != call.content:
        call.content = merged
        if "recording" in fact:
            # Somebody spoke: it is to be listened to, also where the bare call had been seen.
            call.seen_at = call.seen_by_id = None


def _merged(content: Mapping[str, Any] | None, fact: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of one kind add up; what is not told does not wipe out what is known."""
    merged = dict(content or {})
    for name, value in fact.items():
        told = {key: one for key, one in value.items() if one is not None}
        merged[name] = {**merged.get(name, {}), **told}
    return merged
