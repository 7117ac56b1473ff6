"""Attachments: written with their message, fetched later, and what was done with each is in the case's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, new_id
from cases.errors import NotFound, WrongState
from cases.jobs import defer_fetches
from cases.models import Attachment, Case, Message
from cases.queries.find_case import locked_case
from cases.services.event_log import record_event, touch
from cases.vocabulary import MACHINE, Actor, AttachmentState, EventKind, MediaFailure

# Where an attachment came from that no provider holds.
BY_HAND = "hand:"
# Longer than a fetch may take with its scan: after that its job is lost.
JOB_LOST_AFTER = timedelta(minutes=5)
# Waits before attempt 2, 3, …: media can lag behind their message by a second, and a provider can be ill for hours.
_WAITS = (1, 2, 5, 15, 60, 300, 900, 3600, 10800)
_WORTH_ANOTHER_TRY = frozenset(
    {
        MediaFailure.NOT_THERE,
        MediaFailure.PROVIDER_ERROR,
        MediaFailure.CONNECTION,
        MediaFailure.TOO_SLOW,
        MediaFailure.SCAN_UNAVAILABLE,
        MediaFailure.NOT_STORED,
    }
)
# Nothing is wrong with what she sent: it waits for as long as our scanner or our disk is away.
_OURS = frozenset({MediaFailure.SCAN_UNAVAILABLE, MediaFailure.NOT_STORED})
_COULD_NOT_BE_HAD = _WORTH_ANOTHER_TRY | {MediaFailure.NOT_LET_IN}


@dataclass(frozen=True, slots=True)
class Media:
    """What the wire says of one attachment: nothing of it is trusted."""

    url: str
    declared_type: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """What the fetching needs to know, outside any transaction. `stored`: only its deletion is owed."""

    attachment_id: UUID
    source_url: str
    declared_type: str
    stored: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored, by the hashes of its bytes."""

    media_type: str
    size: int
    sha256: bytes
    clean_sha256: bytes | None = None
    thumbnail_sha256: bytes | None = None
    place: dict[str, Any] | None = None
    scan: str | None = None
    file_name: str | None = None


def attachment_row(message: Mapping[str, Any], position: int, media: Media) -> dict[str, Any]:
    """A row for `insert_together`, in the case of its message."""
    return {
        "id": new_id(),
        "message_id": message["id"],
        "case_id": message["case_id"],
        "position": position,
        "source_url": media.url,
        "declared_type": media.declared_type,
        "file_name": media.file_name,
        "state": AttachmentState.WAITING.value,
        "attempts": 0,
        "next_attempt_at": message["created_at"],
        "received_at": message["created_at"],
    }


def begin_fetch(session: Session, attachment_id: UUID, *, now: datetime) -> Fetch | None:
    """Claim an attachment for fetching, or for its deletion at the provider; None when nothing is owed."""
    attachment = session.get(Attachment, attachment_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if attachment is None or attachment.next_attempt_at is None:
        return None
    stored = attachment.state is AttachmentState.STORED
    if not stored and attachment.state is not AttachmentState.WAITING:
        return None
    attachment.attempts += 1
    attachment.next_attempt_at = now + JOB_LOST_AFTER
    return Fetch(attachment.id, attachment.source_url, attachment.declared_type, stored)


def record_stored(
    session: Session, attachment_id: UUID, kept: Kept, *, delete_at_provider: bool, now: datetime
) -> bool:
    """The bytes are safe. False when somebody else was first: then nothing is written."""
    attachment, case = _locked(session, attachment_id)
    if attachment.state is not AttachmentState.WAITING:
        return False
    attachment.state, attachment.reason = AttachmentState.STORED, None
    attachment.media_type, attachment.size, attachment.sha256 = kept.media_type, kept.size, kept.sha256
    attachment.clean_sha256, attachment.thumbnail_sha256 = kept.clean_sha256, kept.thumbnail_sha256
    attachment.place, attachment.scan, attachment.stored_at = kept.place, kept.scan, now
    attachment.file_name = attachment.file_name or kept.file_name
    attachment.attempts = 0
    attachment.next_attempt_at = now + JOB_LOST_AFTER if delete_at_provider else None
    _log(session, case, EventKind.ATTACHMENT_STORED, _stored_facts(attachment, kept), now=now)
    return True


def add_by_hand(
    session: Session,
    case: Case,
    message_id: UUID,
    kept: Kept,
    declared_type: str,
    *,
    by: Actor,
    now: datetime,
) -> Attachment:
    """A file that an officer adds to a report by hand in a locked case; its bytes are safe already. Raises NotFound
    for another case's message, WrongState for one that a person sent."""
    message = session.get(Message, message_id)
    if message is None or message.case_id != case.id:
        raise NotFound("there is no such message")
    if "by_hand" not in (message.content or {}):
        raise WrongState("files are added to reports by hand only", attachment="message")
    last = session.scalar(select(func.max(Attachment.position)).where(Attachment.message_id == message_id))
    attachment = Attachment(
        message_id=message_id,
        case_id=case.id,
        position=0 if last is None else last + 1,
        source_url=BY_HAND,
        declared_type=declared_type,
        file_name=kept.file_name,
        state=AttachmentState.STORED,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
        clean_sha256=kept.clean_sha256,
        thumbnail_sha256=kept.thumbnail_sha256,
        place=kept.place,
        scan=kept.scan,
        received_at=now,
        stored_at=now,
    )
    session.add(attachment)
    session.flush()
    _log(session, case, EventKind.ATTACHMENT_STORED, _stored_facts(attachment, kept), by=by, now=now)
    return attachment


def _stored_facts(attachment: Attachment, kept: Kept) -> dict[str, Any]:
    return {
        "attachment": str(attachment.id),
        "sha256": kept.sha256.hex(),
        "size": kept.size,
        "type": kept.media_type,
        "declared": attachment.declared_type,
    }


def record_not_fetched(
    session: Session, attachment_id: UUID, reason: MediaFailure, *, now: datetime
) -> datetime | None:
    """It was not had. Returns when it is tried again; None when that is left to an officer."""
    attachment, case = _locked(session, attachment_id)
    if attachment.state is not AttachmentState.WAITING:
        return None
    attachment.reason = reason.value
    if reason in _OURS or (reason in _WORTH_ANOTHER_TRY and attachment.attempts <= len(_WAITS)):
        again = now + timedelta(seconds=_WAITS[min(attachment.attempts, len(_WAITS)) - 1])
        attachment.next_attempt_at = again
        defer_fetches(session, [attachment.id], not_before=again)
        return again
    had = reason in _COULD_NOT_BE_HAD
    attachment.state = AttachmentState.FAILED if had else AttachmentState.REFUSED
    attachment.next_attempt_at = None
    data = {"attachment": str(attachment.id), "reason": reason.value, "state": attachment.state.value}
    _log(session, case, EventKind.ATTACHMENT_NOT_STORED, data, now=now)
    return None


def record_deleted_at_provider(
    session: Session, attachment_id: UUID, *, deleted: bool, now: datetime
) -> datetime | None:
    """The provider's copy is gone, or was not deleted yet: then when that is tried again."""
    attachment, case = _locked(session, attachment_id)
    if deleted:
        attachment.deleted_at_provider_at, attachment.next_attempt_at = now, None
        data = {"attachment": str(attachment.id)}
        _log(session, case, EventKind.ATTACHMENT_DELETED_AT_PROVIDER, data, now=now, visible=False)
        return None
    # Never given up: what a worker in danger sent must not lie with a third party for ever.
    again = now + timedelta(seconds=_WAITS[min(attachment.attempts, len(_WAITS)) - 1])
    attachment.next_attempt_at = again
    defer_fetches(session, [attachment.id], not_before=again)
    return again


def ask_again(session: Session, case: Case, attachment: Attachment, *, by: Actor, now: datetime) -> None:
    """Fetch once more what was refused or failed, by the same rules. Refused for what is stored or under way."""
    if attachment.state not in {AttachmentState.REFUSED, AttachmentState.FAILED}:
        raise WrongState("the attachment is not one that could not be fetched", status=attachment.state)
    attachment.state, attachment.attempts, attachment.next_attempt_at = AttachmentState.WAITING, 0, now
    data = {"attachment": str(attachment.id)}
    record_event(session, case, EventKind.ATTACHMENT_ASKED_AGAIN, by=by, now=now, data=data)
    touch(case, now=now)
    defer_fetches(session, [attachment.id])


def record_seen(session: Session, case: Case, attachment: Attachment, *, by: Actor, now: datetime) -> None:
    """Custody: who opened which bytes, and when. Changes nothing that others see."""
    digest = attachment.sha256.hex() if attachment.sha256 else None
    data = {"attachment": str(attachment.id), "sha256": digest}
    record_event(session, case, EventKind.ATTACHMENT_SEEN, by=by, now=now, data=data)


def lost_fetches(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Give a new job to every attachment that has waited too long without one; returns how many."""
    query = (
        select(Attachment)
        .where(Attachment.next_attempt_at < now - JOB_LOST_AFTER)
        .order_by(Attachment.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = list(session.scalars(query))
    for attachment in found:
        attachment.next_attempt_at = now
        defer_fetches(session, [attachment.id])
    return len(found)


def _locked(session: Session, attachment_id: UUID) -> tuple[Attachment, Case | None]:
    """The case first, as everybody else does: two orders would be a deadlock."""
    case_id = session.scalar(select(Attachment.case_id).where(Attachment.id == attachment_id))
    case = locked_case(session, case_id) if case_id else None
    attachment = session.get_one(
        Attachment, attachment_id, with_for_update=NO_KEY_UPDATE, populate_existing=True
    )
    return attachment, case


def _log(
    session: Session,
    case: Case | None,
    kind: EventKind,
    data: dict[str, Any],
    *,
    now: datetime,
    by: Actor = MACHINE,
    visible: bool = True,
) -> None:
    if case is None:
        return
    record_event(session, case, kind, by=by, now=now, data=data)
    if visible:
        touch(case, now=now)
