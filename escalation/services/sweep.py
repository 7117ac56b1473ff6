"""One pass over the clocks whose moment has come: decide, page, log, set the next moment; all in batches.

Two workers may sweep at once: a claimed clock and its case are locked, and others skip what is locked. What a
killed worker had claimed is free again with its connection, and nothing of it was written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from cases.models import Case, Event
from cases.services.event_log import CaseLog
from cases.vocabulary import (
    MACHINE,
    CaseStatus,
    ClockState,
    EventKind,
    LadderRole,
    PageKind,
    Step,
    Urgency,
)
from escalation.models import Clock
from escalation.queries.on_call import (
    DIRECTOR_LEVEL,
    OFFICER_LEVEL,
    SUPERVISOR_LEVEL,
    Contacts,
    OnCall,
    contacts_for_ladder,
)
from escalation.rules.ladder import THIRD, Decision, Snapshot, next_step
from escalation.rules.policy import LadderTimes, thaw
from escalation.services.act import Act
from escalation.services.adopt_policy import ladders_of
from escalation.services.paging import add_page

logger = logging.getLogger(__name__)

BATCH = 500
# A row whose arithmetic fails is set aside this long, so that it cannot stop the others.
SET_ASIDE = timedelta(minutes=5)

_CLAIM = text(
    """
    SELECT clock.id, clock.case_id, clock.agency_id, clock.step, clock.urgency, clock.policy_version, clock.promise,
           clock.state, clock.started_at, clock.due_at, clock.rung, clock.repeats, clock.last_paged_at,
           clock.breached_at, clock.acknowledged_at, clock.generation,
           cases.status, cases.reference, cases.owner_id, cases.event_count, cases.last_event_hash, cases.version
      FROM clock JOIN cases ON cases.id = clock.case_id
     WHERE clock.next_at <= :now
     ORDER BY clock.next_at
     LIMIT :batch
       FOR NO KEY UPDATE OF clock, cases SKIP LOCKED
    """
)

_LEVELS = {
    LadderRole.DUTY_OFFICER: OFFICER_LEVEL,
    LadderRole.SUPERVISOR: SUPERVISOR_LEVEL,
    LadderRole.DIRECTOR: DIRECTOR_LEVEL,
}
_KIND_OF_EVENT = {PageKind.WARN: EventKind.CLOCK_WARNED, PageKind.BREACH: EventKind.CLOCK_BREACHED}


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one batch did."""

    claimed: int
    pages: int


def sweep(session: Session, *, duty_room_id: UUID | None, now: datetime, batch: int = BATCH) -> Sweep:
    """Handle the most overdue clocks, at most `batch` of them, in the caller's transaction."""
    rows = session.execute(_CLAIM, {"now": now, "batch": batch}).all()
    if not rows:
        return Sweep(0, 0)
    return _Pass(session, rows, duty_room_id=duty_room_id, now=now).run()


class _Pass:
    def __init__(
        self, session: Session, rows: Iterable[Row[Any]], *, duty_room_id: UUID | None, now: datetime
    ) -> None:
        self.session = session
        self.rows = list(rows)
        self.duty_room_id = duty_room_id
        self.now = now
        self.act = Act()
        self.logs: dict[UUID, CaseLog] = {}
        self.pages = 0
        self.contacts = contacts_for_ladder(
            session,
            {row.agency_id for row in self.rows if row.agency_id}
            | ({duty_room_id} if duty_room_id else set()),
            {row.owner_id for row in self.rows if row.owner_id},
        )
        self.ladders = {
            version: ladders_of(session, version) for version in {row.policy_version for row in self.rows}
        }

    def run(self) -> Sweep:
        for row in self.rows:
            try:
                self._handle(row)
            except (ValueError, KeyError, TypeError, ArithmeticError):
                logger.exception("clock set aside", extra={"clock": str(row.id)})
                self.act.change(Clock, _unchanged(row) | {"next_at": self.now + SET_ASIDE})
        versions = {row.case_id: row.version for row in self.rows}
        for case_id, log in self.logs.items():
            self.act.rows[Event].extend(log.rows)
            self.act.change(
                Case,
                {
                    "id": case_id,
                    "event_count": log.count,
                    "last_event_hash": log.last_hash,
                    "updated_at": self.now,
                    "version": versions[case_id] + 1,
                },
            )
        self.act.write(self.session)
        return Sweep(len(self.rows), self.pages)

    def _handle(self, row: Row[Any]) -> None:
        if row.status == CaseStatus.CLOSED.value:
            self.act.change(Clock, _unchanged(row) | {"state": ClockState.CANCELLED.value, "next_at": None})
            return
        times: LadderTimes = self.ladders[row.policy_version][Urgency(row.urgency)]
        decision = next_step(_snapshot(row), times, self.now)
        if decision is None:
            self.act.change(Clock, _unchanged(row) | {"next_at": None})
            return
        if decision.kind is not None:
            self._page(row, decision, decision.kind)
        elif decision.state is ClockState.BREACHED and row.breached_at is None:
            self._log(row).add(EventKind.CLOCK_BREACHED, by=MACHINE, now=self.now, data=_named(row))
        self.act.change(Clock, _changed(row, decision, self.now))

    def _page(self, row: Row[Any], decision: Decision, kind: PageKind) -> None:
        log = self._log(row)
        called = self._called(row, decision)
        event = _KIND_OF_EVENT.get(kind, EventKind.PAGED)
        pages = []
        for contact in called:
            page_id = add_page(
                self.act,
                contact,
                kind,
                case_id=row.case_id,
                reference=row.reference,
                urgency=Urgency(row.urgency),
                now=self.now,
                clock_id=row.id,
                step=Step(row.step),
                rung=decision.rung,
                repeat=decision.repeat,
            )
            pages.append({"page": str(page_id), "contact": str(contact.id)})
        self.pages += len(pages)
        log.add(event, by=MACHINE, now=self.now, data=_named(row) | {"pages": pages})
        if (
            decision.state is ClockState.BREACHED
            and row.breached_at is None
            and event is not EventKind.CLOCK_BREACHED
        ):
            log.add(EventKind.CLOCK_BREACHED, by=MACHINE, now=self.now, data=_named(row))
        if not called:
            log.add(EventKind.NOBODY_TO_PAGE, by=MACHINE, now=self.now, data=_named(row))

    def _called(self, row: Row[Any], decision: Decision) -> tuple[OnCall, ...]:
        """The phones to ring. When a rung has nobody, those above are rung at once: silence helps no one."""
        found = _phones(decision.who, row, self.contacts, self.duty_room_id)
        if not found and decision.rung <= THIRD:
            everybody = (LadderRole.DUTY_OFFICER, LadderRole.SUPERVISOR, LadderRole.DIRECTOR)
            found = _phones(everybody, row, self.contacts, self.duty_room_id)[-1:]
        return found

    def _log(self, row: Row[Any]) -> CaseLog:
        if row.case_id not in self.logs:
            self.logs[row.case_id] = CaseLog(
                row.case_id, count=row.event_count, last_hash=bytes(row.last_event_hash)
            )
        return self.logs[row.case_id]


def _phones(
    who: Iterable[LadderRole], row: Row[Any], contacts: Contacts, duty_room_id: UUID | None
) -> tuple[OnCall, ...]:
    found: dict[UUID, OnCall] = {}
    for role in who:
        called: tuple[OnCall, ...] = ()
        if role is LadderRole.AGENCY and row.agency_id:
            called = contacts.of_agency(row.agency_id)
        elif role is LadderRole.HANDLER and row.owner_id:
            called = contacts.of_user(row.owner_id)
        if not called and duty_room_id is not None and role is not LadderRole.AGENCY:
            called = contacts.of_agency(duty_room_id, _LEVELS.get(role, OFFICER_LEVEL))
        found |= {contact.id: contact for contact in called}
    return tuple(found.values())


def _snapshot(row: Row[Any]) -> Snapshot:
    limit, calendar = thaw(row.promise)
    return Snapshot(
        step=Step(row.step),
        state=ClockState(row.state),
        started_at=row.started_at,
        due_at=row.due_at,
        limit=limit,
        calendar=calendar,
        rung=row.rung,
        repeats=row.repeats,
        last_paged_at=row.last_paged_at,
        acknowledged=row.acknowledged_at is not None,
    )


def _named(row: Row[Any]) -> dict[str, Any]:
    return {"clock": str(row.id), "step": row.step}


def _unchanged(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "rung": row.rung,
        "repeats": row.repeats,
        "last_paged_at": row.last_paged_at,
        "breached_at": row.breached_at,
        "next_at": None,
        "generation": row.generation + 1,
    }


def _changed(row: Row[Any], decision: Decision, now: datetime) -> dict[str, Any]:
    is_new_breach = decision.state is ClockState.BREACHED and row.breached_at is None
    return _unchanged(row) | {
        "state": decision.state.value,
        "rung": decision.rung,
        "repeats": decision.repeat,
        "last_paged_at": now if decision.kind else row.last_paged_at,
        # The promise was broken when it fell due, not when we came to look.
        "breached_at": row.due_at if is_new_breach else row.breached_at,
        "next_at": decision.next_at,
    }
