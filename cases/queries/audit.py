"""Whether the logs of all cases are whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from cases.models import Case, Event
from cases.rules.event_chain import seal

# Rows that are in memory at a time, however many there are.
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Break:
    """The first line of a case's log that does not fit. `position` 0: the case has no line at all."""

    reference: str
    position: int
    what: str


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    cases: int = 0
    lines: int = 0


def verify_logs(session: Session, tally: Tally, *, reference: str | None = None) -> Iterator[Break]:
    """Walk along every log in order, and name the first line that breaks each broken one: changed, missing, put in
    between, or cut off at the end. One statement, constant memory. `tally` counts on as it goes."""
    query = (
        select(
            Case.id,
            Case.reference,
            Case.event_count,
            Case.last_event_hash,
            Event.position,
            Event.kind,
            Event.at,
            Event.actor,
            Event.user_id,
            Event.contact_id,
            Event.data,
            Event.hash,
        )
        .join_from(Case, Event, Event.case_id == Case.id, isouter=True)
        .order_by(Case.id, Event.position)
        .execution_options(yield_per=_AT_A_TIME)
    )
    if reference is not None:
        query = query.where(Case.reference == reference.upper())
    last: Row[*tuple[object, ...]] | None = None
    current: UUID | None = None
    previous, count, broken = b"", 0, False
    for row in session.execute(query):
        if row.id != current:
            if last is not None and not broken:
                yield from _end(last, count, previous)
            current, previous, count, broken = row.id, b"", 0, False
            tally.cases += 1
        last = row
        if broken or row.position is None:
            continue
        tally.lines += 1
        count += 1
        sealed = _sealed(row, count, previous)
        if row.position != count:
            broken = True
            yield Break(row.reference, count, "missing")
        elif sealed != row.hash:
            broken = True
            yield Break(row.reference, count, "changed")
        previous = sealed
    if last is not None and not broken:
        yield from _end(last, count, previous)


def _end(row: Row[*tuple[object, ...]], count: int, previous: bytes) -> Iterator[Break]:
    if count != row.event_count or previous != row.last_event_hash:
        yield Break(
            row.reference, min(count, row.event_count) + 1 if count != row.event_count else count, "cut off"
        )


def _sealed(row: Row[*tuple[object, ...]], position: int, previous: bytes) -> bytes:
    return seal(
        previous,
        position=position,
        kind=row.kind.value,
        at=row.at,
        actor=f"{row.actor}:{row.user_id or row.contact_id or ''}",
        data=row.data,
    )
