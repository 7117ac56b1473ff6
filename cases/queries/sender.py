"""Who writes: everything `take_message` must know of a sender, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_HOLD = text("SELECT pg_advisory_xact_lock(:key)")
_FIND = text(
    """
    SELECT (SELECT message.id FROM message WHERE message.provider_sid = :sid) AS repeated,
           (SELECT contact.id FROM duty_contact AS contact
             WHERE contact.address_hash = ANY(:hashes) AND contact.active ORDER BY contact.id LIMIT 1)
             AS contact_id,
           (SELECT array_agg(ARRAY[encode(identifier.value_hash, 'hex'), identifier.person_id::text,
                                   identifier.id::text])
              FROM identifier WHERE identifier.value_hash = ANY(:hashes) AND identifier.ended_at IS NULL)
             AS identifiers
    """
)
_OPEN_CASE = text(
    """
    SELECT cases.id FROM cases
     WHERE cases.reporter_id = :person_id AND cases.status <> 'closed'
     ORDER BY cases.last_message_at DESC, cases.id DESC LIMIT 1
    """
)
_NEXT_NUMBER = text("SELECT nextval('case_number')")


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier of the message that we have met before."""

    identifier_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Sender:
    """`repeated`: we hold this message already. `contact_id`: the number is a duty contact's.

    `known` maps the look-up hash of each identifier we have met to its row.
    """

    repeated: UUID | None
    contact_id: UUID | None
    known: dict[bytes, KnownIdentifier]


def hold_conversation(session: Session, hashes: Sequence[bytes]) -> None:
    """Let one transaction at a time speak for a sender, so that two parts of one cry for help, taken in by two
    processes, become one person and one case."""
    for value_hash in sorted(hashes):
        session.execute(_HOLD, {"key": int.from_bytes(value_hash[:8], "big", signed=True)})


def find_sender(session: Session, sid: str, hashes: Sequence[bytes]) -> Sender:
    """Look the sender up by every identifier the message carries."""
    row = session.execute(_FIND, {"sid": sid, "hashes": list(hashes)}).one()
    known = {
        bytes.fromhex(value_hash): KnownIdentifier(UUID(identifier_id), UUID(person_id))
        for value_hash, person_id, identifier_id in row.identifiers or ()
    }
    return Sender(row.repeated, row.contact_id, known)


def open_case_of(session: Session, person_id: UUID) -> UUID | None:
    """The open case that this person last wrote to."""
    case_id: UUID | None = session.scalar(_OPEN_CASE, {"person_id": person_id})
    return case_id


def next_case_number(session: Session) -> int:
    """A running number; gaps are harmless."""
    return int(session.execute(_NEXT_NUMBER).scalar_one())
