"""Comparing what the provider says it sent with what we hold. What can be put right is; the rest is left to a human.

Nothing here sends: what the provider has is taken in, so that it is not sent again; what it does not have is put
before a human, for whether it may be sent again is theirs to say.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, first_id_at, keyring, new_id
from cases.errors import Invalid, NotFound
from cases.models import Difference, DutyContact, Identifier, Message, Reconciliation
from cases.queries.find_case import locked_case
from cases.rules.delivery import advance
from cases.services.event_log import record_event
from cases.services.outbox import record_receipt, record_sent
from cases.services.tasks import open_task
from cases.vocabulary import MACHINE, Actor, Delivery, DifferenceKind, Direction, EventKind, TaskKind

# How far the two clocks, and the moments the two sides date a message by, may lie apart.
APART = timedelta(hours=1)
_LONGEST_WAIT = timedelta(days=7)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Handed:
    """One message that the provider says it sent. `to`: the address as we hold it."""

    sid: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    error_code: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a page of the provider's list differs from our rows: behind, and without a row that has their id."""

    behind: Sequence[tuple[UUID, Handed]]
    unknown: Sequence[Handed]


def begin_reconciliation(session: Session, *, since: datetime, until: datetime, now: datetime) -> UUID:
    """Note that a comparison has begun."""
    run = Reconciliation(id=new_id(), began_at=now, since=since, until=until)
    session.add(run)
    session.flush()
    return run.id


def compare(session: Session, page: Sequence[Handed]) -> Compared:
    """Look a page up in our rows; one query. Nothing is changed."""
    query = select(Message.provider_sid, Message.id, Message.delivery).where(
        Message.provider_sid.in_([one.sid for one in page])
    )
    ours = {sid: (message_id, delivery) for sid, message_id, delivery in session.execute(query)}
    behind, unknown = [], []
    for one in page:
        if one.sid not in ours:
            unknown.append(one)
            continue
        message_id, delivery = ours[one.sid]
        if delivery is not None and advance(delivery, one.status) is not None:
            behind.append((message_id, one))
    return Compared(behind, unknown)


def catch_up(session: Session, run_id: UUID, message_id: UUID, handed: Handed, *, now: datetime) -> None:
    """Take in a status whose receipt was lost."""
    before = session.scalar(select(Message.delivery).where(Message.id == message_id))
    record_receipt(
        session, message_id, sid=handed.sid, status=handed.status, error_code=handed.error_code, now=now
    )
    _note(
        session,
        run_id,
        DifferenceKind.STATUS_BEHIND,
        message_id=message_id,
        handed=handed,
        ours=before,
        now=now,
        settled=True,
    )


def match_unknown(session: Session, run_id: UUID, handed: Handed, *, now: datetime) -> UUID | None:
    """For a message of the provider's whose id no row has: the row of ours that was sent without our learning of it,
    which is then sent; else the difference is left open, for it may have been sent twice, or by somebody else."""
    lookup = keyring.fingerprint("address", handed.to)
    query = (
        select(Message)
        .outerjoin(Identifier, Identifier.id == Message.identifier_id)
        .outerjoin(DutyContact, DutyContact.id == Message.contact_id)
        .where(
            Message.direction == Direction.OUT,
            Message.provider_sid.is_(None),
            Message.attempted_at.between(handed.at - APART, handed.at + APART),
            Message.body == handed.body,
            or_(Identifier.value_hash == lookup, DutyContact.address_hash == lookup),
        )
        .order_by(Message.attempted_at)
        .limit(1)
        .with_for_update(of=Message, key_share=True)
    )
    message = session.scalar(query)
    if message is None:
        _note(session, run_id, DifferenceKind.NOT_OURS, message_id=None, handed=handed, now=now)
        return None
    before = message.delivery
    record_sent(session, message.id, sid=handed.sid, status=handed.status, now=now, found=True)
    record_receipt(
        session, message.id, sid=handed.sid, status=handed.status, error_code=handed.error_code, now=now
    )
    _note(
        session,
        run_id,
        DifferenceKind.SENT_UNNOTED,
        message_id=message.id,
        handed=handed,
        ours=before,
        now=now,
        settled=True,
    )
    return message.id


def unlisted(
    session: Session,
    listed: Collection[str],
    *,
    since: datetime,
    until: datetime,
    after: UUID | None,
    limit: int,
) -> tuple[list[tuple[UUID, str]], int, UUID | None]:
    """A batch of our sent messages of a span: those that are not on the provider's list, how many were looked at,
    and where to go on (None: the end)."""
    query = (
        select(Message.id, Message.provider_sid)
        .where(
            Message.direction == Direction.OUT,
            Message.provider_sid.is_not(None),
            # Ids are in the order of time: the cost must not grow with history. A message may have waited for days.
            Message.id >= first_id_at(since - _LONGEST_WAIT),
            Message.attempted_at.between(since, until),
        )
        .order_by(Message.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Message.id > after)
    rows = session.execute(query).all()
    missing = [(message_id, str(sid)) for message_id, sid in rows if sid not in listed]
    return missing, len(rows), rows[-1][0] if len(rows) == limit else None


def not_known_there(session: Session, run_id: UUID, message_id: UUID, sid: str, *, now: datetime) -> None:
    """The provider does not know a message that we believe sent: whoever waits for it may have got nothing. The
    difference stays open, and a human is asked about the case."""
    case_id = session.execute(select(Message.case_id).where(Message.id == message_id)).scalar_one()
    case = locked_case(session, case_id) if case_id else None
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    handed = Handed(sid, "", "", "", 0, now)
    new = _note(
        session,
        run_id,
        DifferenceKind.NOT_KNOWN_THERE,
        message_id=message_id,
        handed=handed,
        ours=message.delivery,
        now=now,
    )
    if new and case is not None:
        open_task(session, case, TaskKind.MESSAGE_FAILED, message_id=message_id, by=MACHINE, now=now)
        data = {"message": str(message_id), "code": None}
        record_event(session, case, EventKind.MESSAGE_FAILED, by=MACHINE, now=now, data=data)


def end_reconciliation(
    session: Session,
    run_id: UUID,
    *,
    listed: int,
    ours: int,
    taken_in: int,
    left_open: int,
    problem: str | None,
    now: datetime,
) -> None:
    """Note how it ended. With a problem it proves nothing, and the next one begins where this one did."""
    run = session.get_one(Reconciliation, run_id)
    run.ended_at, run.problem = now, problem
    run.listed, run.ours, run.taken_in, run.left_open = listed, ours, taken_in, left_open


def settle_difference(
    session: Session, difference_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Difference:
    """A human has looked at it. Saying so twice changes nothing. Raises NotFound, and Invalid without a reason."""
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON or "\x00" in words:
        raise Invalid("a reason is needed", field="reason")
    difference = session.get(Difference, difference_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if difference is None:
        raise NotFound("there is no such difference")
    if difference.settled_at is None:
        difference.settled_at, difference.settled_by_id, difference.reason = now, by.user_id, words
    return difference


def _note(
    session: Session,
    run_id: UUID,
    kind: DifferenceKind,
    *,
    message_id: UUID | None,
    handed: Handed,
    now: datetime,
    ours: Delivery | None = None,
    settled: bool = False,
) -> bool:
    """Write it down once: what a human has settled does not come back. True when it is new."""
    values = {
        "id": new_id(),
        "reconciliation_id": run_id,
        "kind": kind,
        "message_id": message_id,
        "provider_sid": handed.sid,
        "ours": ours.value if ours else None,
        "theirs": handed.status or None,
        "found_at": now,
        "settled_at": now if settled else None,
    }
    statement = (
        insert(Difference).values(**values).on_conflict_do_nothing(index_elements=["kind", "provider_sid"])
    )
    return session.scalar(statement.returning(Difference.id)) is not None
