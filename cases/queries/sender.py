"""Who writes: everything `take_message` must know of a sender, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

# The function (migration 0001) first waits for the lock of each hash, then looks: written in PL/pgSQL, its
# second statement sees what the transaction it waited for has committed.
_HOLD_AND_FIND = "SELECT * FROM hold_and_find_sender(%s, %s::bytea[])"


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier of the message that we have met before."""

    identifier_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Sender:
    """`repeated`: we hold this message already. `contact_id`: the number is a duty contact's.

    `known` maps the look-up hash of each identifier we have met to its row. `open_case_id`: the open case that
    the person wrote to last. `case_number`: a fresh running number, where there is no open case; gaps are
    harmless.
    """

    repeated: UUID | None
    contact_id: UUID | None
    known: dict[bytes, KnownIdentifier]
    open_case_id: UUID | None
    case_number: int | None


def hold_and_find_sender(session: Session, sid: str, hashes: Sequence[bytes]) -> Sender:
    """Look a sender up by every identifier of a message, and let one transaction at a time speak for them, so
    that two parts of one cry for help, taken in by two processes, become one person and one case."""
    result = session.connection().exec_driver_sql(_HOLD_AND_FIND, (sid, list(hashes)))
    repeated, contact_id, identifiers, open_case_id, case_number = result.one()
    known = {
        bytes.fromhex(value_hash): KnownIdentifier(UUID(identifier_id), UUID(person_id))
        for value_hash, person_id, identifier_id in identifiers or ()
    }
    return Sender(repeated, contact_id, known, open_case_id, case_number)
