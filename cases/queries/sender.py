"""Who writes: everything `take_message` must know of a sender, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import EncryptedText
from cases.models import Identifier
from cases.rules.flood import Burst
from cases.vocabulary import CaseStatus, Category, CloseReason, ContactPermission, Urgency

# The function (migration 0012) first waits for the lock of each hash, then looks: written in PL/pgSQL, its
# second statement sees what the transaction it waited for has committed.
_HOLD_AND_FIND = "SELECT * FROM hold_and_find_sender(%s, %s::bytea[])"
# The same locks in the same order.
_HOLD = """
    SELECT pg_advisory_xact_lock(key)
      FROM (SELECT ('x' || encode(substr(one, 1, 8), 'hex'))::bit(64)::bigint AS key
              FROM unnest(%s::bytea[]) AS one ORDER BY 1) AS keys
"""

# Any number that is no other lock's: those of senders are the beginnings of hashes.
_PERSONS = 19

_secret = EncryptedText()


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier of the message that we have met before."""

    identifier_id: UUID
    person_id: UUID
    opted_out: bool
    doubted: bool


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """What the person's contact plan says that a message of hers must be compared with."""

    may_be_answered: bool
    safe_word: str | None
    duress_word: str | None


@dataclass(frozen=True, slots=True)
class Talk:
    """The short conversation that goes on in the open case."""

    pending: str | None
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What a further message must know of the case it goes to, as it stands."""

    id: UUID
    reporter_id: UUID
    status: CaseStatus
    urgency: Urgency
    categories: tuple[str, ...]
    leading_category: Category
    country: str | None
    language: str
    contact_signs: tuple[str, ...]
    version: int
    event_count: int
    last_event_hash: bytes
    last_message_at: datetime
    burst: Burst | None


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """The case that was closed last of somebody who has no open one, locked as an open one would be."""

    case: OpenCase
    closed_at: datetime
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Sender:
    """`repeated`: we hold this message already. `contact_id`: the number is a duty contact's.

    `known` maps the look-up hash of each identifier we have met to its row. `open_case`: the open case that
    the person wrote to last, locked until the transaction ends; `closed_case`: where there is none.
    `case_number`: a fresh running number, where there is no open case; gaps are harmless.
    """

    repeated: UUID | None
    contact_id: UUID | None
    known: dict[bytes, KnownIdentifier]
    open_case: OpenCase | None
    case_number: int | None
    plan: KnownPlan | None = None
    talk: Talk | None = None
    has_other_user_id: bool = False
    closed_case: ClosedCase | None = None


def hold_and_find_sender(session: Session, sid: str, hashes: Sequence[bytes]) -> Sender:
    """Look a sender up by every identifier of a message, and let one transaction at a time speak for them, so
    that two parts of one cry for help, taken in by two processes, become one person and one case."""
    result = session.connection().exec_driver_sql(_HOLD_AND_FIND, (sid, list(hashes)))
    repeated, contact_id, identifiers, open_case, case_number, plan, talk, other_user_id = result.one()
    known = {
        bytes.fromhex(value_hash): KnownIdentifier(
            UUID(identifier_id), UUID(person_id), opted_out == "true", doubted == "true"
        )
        for value_hash, person_id, identifier_id, opted_out, doubted in identifiers or ()
    }
    is_closed = open_case is not None and open_case["status"] == CaseStatus.CLOSED
    return Sender(
        repeated,
        contact_id,
        known,
        (open_case and not is_closed and _open_case(open_case)) or None,
        case_number,
        plan and _known_plan(plan),
        talk and Talk(talk["pending"], talk["answers"]),
        bool(other_user_id),
        _closed_case(open_case) if is_closed else None,
    )


def hold_persons(session: Session, *person_ids: UUID) -> None:
    """To be called before a case is locked by whoever gives numbers or cases of these persons to others: one at a time
    does so, and until the transaction ends no message of their numbers comes in. A message that was just coming in
    would otherwise go to the person, or the case, that its number has left."""
    connection = session.connection()
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_PERSONS,))
    numbers = select(Identifier.value_hash).where(
        Identifier.person_id.in_(person_ids), Identifier.ended_at.is_(None)
    )
    connection.exec_driver_sql(_HOLD, (list(session.scalars(numbers)),))


def _open_case(row: dict[str, Any]) -> OpenCase:
    return OpenCase(
        id=UUID(row["id"]),
        reporter_id=UUID(row["reporter_id"]),
        status=CaseStatus(row["status"]),
        urgency=Urgency(row["urgency"]),
        categories=tuple(row["categories"]),
        leading_category=Category(row["leading_category"]),
        country=row["country"],
        language=row["language"],
        contact_signs=tuple(row["contact_signs"]),
        version=row["version"],
        event_count=row["event_count"],
        last_event_hash=_bytes(row["last_event_hash"]),
        last_message_at=datetime.fromisoformat(row["last_message_at"]),
        burst=_burst(row),
    )


def _closed_case(row: dict[str, Any]) -> ClosedCase:
    closed_at = datetime.fromisoformat(row["closed_at"])
    return ClosedCase(_open_case(row), closed_at, CloseReason(row["close_reason"]))


def _burst(row: dict[str, Any]) -> Burst | None:
    if not row["burst_since"]:
        return None
    flooded_at = row["flooded_at"]
    return Burst(
        datetime.fromisoformat(row["burst_since"]),
        row["burst_count"] or 0,
        datetime.fromisoformat(flooded_at) if flooded_at else None,
    )


def _known_plan(row: dict[str, Any]) -> KnownPlan:
    return KnownPlan(
        may_be_answered=row["reply"] == ContactPermission.ALLOWED,
        safe_word=row["safe_word"] and _secret.process_result_value(_bytes(row["safe_word"])),
        duress_word=row["duress_word"] and _secret.process_result_value(_bytes(row["duress_word"])),
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))
