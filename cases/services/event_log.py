"""Appending to a case's log. The case row must be locked by the caller (or be new): the chain has one end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import new_id
from cases.models import Case, Event
from cases.rules.event_chain import seal
from cases.rules.timeline import TimelineGroup, group_of
from cases.vocabulary import Actor, EventKind


class CaseLog:
    """Lines to be appended to one case's log, sealed in order; `rows` are ready for `insert_together`."""

    def __init__(self, case_id: UUID, *, count: int = 0, last_hash: bytes = b"") -> None:
        self.case_id = case_id
        self.count = count
        self.last_hash = last_hash
        self.rows: list[dict[str, Any]] = []

    def add(self, kind: EventKind, *, by: Actor, now: datetime, data: dict[str, Any] | None = None) -> None:
        """Append one line. `data` holds ids and codes only: no words of a person, no numbers."""
        self.count += 1
        self.last_hash = seal(
            self.last_hash,
            position=self.count,
            kind=kind.value,
            at=now,
            actor=f"{by.kind}:{by.user_id or by.contact_id or ''}",
            data=data or {},
        )
        self.rows.append(
            {
                "id": new_id(),
                "case_id": self.case_id,
                "position": self.count,
                "kind": kind.value,
                "at": now,
                "actor": by.kind.value,
                "user_id": by.user_id,
                "contact_id": by.contact_id,
                "data": data or {},
                "hash": self.last_hash,
            }
        )


def record_event(
    session: Session,
    case: Case,
    kind: EventKind,
    *,
    by: Actor,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Append one line to the log of a case that the caller has locked."""
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    log.add(kind, by=by, now=now, data=data)
    session.add(Event(**log.rows[0]))
    case.event_count, case.last_event_hash = log.count, log.last_hash
    if by.user_id is not None and by.user_id == case.owner_id and group_of(kind) is not TimelineGroup.LOOKS:
        # Looking is not doing: what nobody does anything about is given to others in the end.
        case.owner_acted_at, case.owner_warned_at = now, None


def touch(case: Case, *, now: datetime) -> None:
    """Mark a visible change: live pages look at `updated_at`, editors at `version`."""
    case.updated_at = now
    case.version += 1
