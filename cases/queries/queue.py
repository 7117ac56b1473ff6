"""The queue: open cases, the most urgent and the nearest to their deadline first."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, load_only, raiseload

from cases.database import UtcDateTime
from cases.models import Case, Incident, Message, User
from cases.models.case import DUE_OR_NEVER
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor, CaseStatus, Category, Direction, Urgency

# Sorts cases without a deadline behind all others: what DUE_OR_NEVER says.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# A count stops here: the queue of a bad day must not cost more than that of a good one.
MOST_COUNTED = 1000
# A transaction may commit this much later than the moment it wrote into `updated_at`.
_LATE_COMMITS = timedelta(seconds=5)
# A U1 that nobody took is told of when something happened to it within this time.
_ALARMING = timedelta(seconds=60)
_MOST_ALARMS = 5
_DUE: ColumnElement[datetime] = literal_column(DUE_OR_NEVER.replace("next_due_at", "cases.next_due_at"))
# Written out, so that the partial indexes are seen to fit whatever the parameters.
_IS_OPEN: ColumnElement[bool] = literal_column("cases.status <> 'closed'")
_IS_CLOSED: ColumnElement[bool] = literal_column("cases.status = 'closed'")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the officer wants to see; an empty one means any. Values of one kind are alternatives, kinds narrow.

    `late`: its deadline has passed. `warned`: words of the reporter say how not to contact them.
    """

    urgencies: tuple[Urgency, ...] = ()
    statuses: tuple[CaseStatus, ...] = ()
    countries: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    owner_ids: tuple[UUID, ...] = ()
    unassigned: bool = False
    late: bool = False
    warned: bool = False

    @property
    def only_closed(self) -> bool:
        """Closed cases are another list: the last one closed first."""
        return self.statuses == (CaseStatus.CLOSED,)


# Where a page ends: urgency (empty for closed cases), the moment it is sorted by, the id.
Position = tuple[str, datetime, UUID]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some cases, and the position behind which the next page begins (None: this is the last)."""

    cases: Sequence[Case]
    after: Position | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many open cases there are, each figure at most MOST_COUNTED."""

    by_urgency: dict[Urgency, int]
    mine: int
    unassigned: int
    late: int


def queue_page(
    session: Session,
    wanted: QueueFilter,
    *,
    by: Actor,
    now: datetime,
    after: Position | None = None,
    limit: int = 50,
) -> QueuePage:
    """One page, with owners and incidents, in one query: open cases by urgency and deadline, or the closed ones, the
    last closed first. Both together are asked for as two lists."""
    behind, order = _place(wanted, after)
    query = select(Case).where(visible_cases(by), *_conditions(wanted, now), *behind).options(*_SHOWN)
    query = query.order_by(*order).limit(limit + 1)
    found = session.scalars(query).all()
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return QueuePage(shown, _position(last, wanted) if last else None)


def page_state(
    session: Session,
    wanted: QueueFilter,
    *,
    by: Actor,
    now: datetime,
    after: Position | None = None,
    limit: int = 50,
) -> str:
    """`state_of` the cases that `queue_page` would give, without reading them."""
    behind, order = _place(wanted, after)
    query = select(Case.id, Case.version).where(visible_cases(by), *_conditions(wanted, now), *behind)
    query = query.order_by(*order).limit(limit)
    return _checksum(session.execute(query))


def state_of(cases: Iterable[Case]) -> str:
    """Names the present state of these cases; it differs as soon as one of them, or their order, has changed."""
    return _checksum((case.id, case.version) for case in cases)


def _checksum(versions: Iterable[Any]) -> str:
    return f"{zlib.crc32(';'.join(f'{case_id}{version}' for case_id, version in versions).encode()):08x}"


# What a line shows; judgements and the log's end stay where they are.
_SHOWN = (
    load_only(
        Case.reference,
        Case.version,
        Case.reporter_id,
        Case.status,
        Case.urgency,
        Case.categories,
        Case.leading_category,
        Case.country,
        Case.contact_signs,
        Case.owner_id,
        Case.incident_id,
        Case.opened_at,
        Case.last_words,
        Case.next_due_at,
        Case.closed_at,
        Case.close_reason,
        Case.flooded_at,
    ),
    joinedload(Case.owner).load_only(User.name),
    joinedload(Case.incident).load_only(Incident.reference, Incident.title),
    raiseload("*"),
)


def _place(
    wanted: QueueFilter, after: Position | None
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[Any]]]:
    """Which of the two lists is asked for and where it goes on, and its order."""
    if wanted.only_closed:
        behind = [tuple_(Case.closed_at, Case.id) < tuple_(*after[1:])] if after else []
        return [_IS_CLOSED, *behind], [Case.closed_at.desc(), Case.id.desc()]
    behind = [tuple_(Case.urgency, _DUE, Case.id) > tuple_(*after)] if after else []
    return [_IS_OPEN, *behind], [Case.urgency.asc(), _DUE.asc(), Case.id.asc()]


def _position(last: Case, wanted: QueueFilter) -> Position:
    if wanted.only_closed:
        return "", last.closed_at or NEVER, last.id
    return last.urgency.value, last.next_due_at or NEVER, last.id


def queue_counts(session: Session, *, by: Actor, now: datetime) -> QueueCounts:
    """What there is to do, in one statement; each figure stops counting at MOST_COUNTED."""
    *found, mine, unassigned, late = session.execute(_counts(by), {"now": now}).one()
    return QueueCounts(dict(zip(Urgency, found, strict=True)), mine, unassigned, late)


@lru_cache(maxsize=256)
def _counts(by: Actor) -> Select[Any]:
    """Put together once for each asker: that takes longer than counting."""
    now = bindparam("now", type_=UtcDateTime)
    return select(
        *(_counted(by, Case.urgency == literal_column(f"'{urgency}'")) for urgency in Urgency),
        _counted(by, Case.owner_id == by.user_id),
        _counted(by, Case.owner_id.is_(None)),
        _counted(by, Case.urgency.in_(list(Urgency)), now > _DUE),
    )


def _counted(by: Actor, *conditions: ColumnElement[bool]) -> Any:
    some = select(Case.id).where(_IS_OPEN, visible_cases(by), *conditions).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def alarming_cases(session: Session, *, by: Actor, now: datetime) -> list[str]:
    """References of U1 cases that nobody took and to which something happened within the last minute."""
    query = (
        select(Case.reference)
        .where(
            visible_cases(by),
            Case.updated_at > now - _ALARMING,
            Case.urgency == Urgency.U1,
            Case.status.in_([CaseStatus.NEW, CaseStatus.TRIAGED]),
        )
        .order_by(Case.updated_at.desc())
        .limit(_MOST_ALARMS)
    )
    return list(session.scalars(query))


def change_cursor(session: Session, *, case_id: UUID | None = None) -> str:
    """Names the present state of all cases (or of one). It differs as soon as any of them has changed.

    The newest moment alone would miss a transaction that commits late; the checksum of the rows of the last
    seconds before it does not.
    """
    if case_id is not None:
        return _state_of_case(session, case_id)
    newest = session.scalar(select(func.max(Case.updated_at)))
    if newest is None:
        return "-"
    recent = session.execute(
        select(Case.id, Case.version)
        .where(Case.updated_at > newest - _LATE_COMMITS)
        .order_by(Case.updated_at.desc(), Case.id)
        .limit(500)
    )
    return f"{newest.isoformat()}|{_checksum(recent)}"


def _state_of_case(session: Session, case_id: UUID) -> str:
    """The case's version, the end of its log, and how far its outgoing messages got: receipts change no case."""
    case = session.execute(select(Case.version, Case.event_count).where(Case.id == case_id)).one()
    sent = select(Message.delivery).where(Message.case_id == case_id, Message.direction == Direction.OUT)
    states = ";".join(str(state) for state in session.scalars(sent.order_by(Message.id)))
    return f"{case.version}|{case.event_count}|{zlib.crc32(states.encode()):08x}"


def _conditions(wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    of_open = [status for status in wanted.statuses if status is not CaseStatus.CLOSED]
    if of_open:
        conditions.append(Case.status.in_(of_open))
    if wanted.urgencies:
        conditions.append(Case.urgency.in_(wanted.urgencies))
    if wanted.countries:
        conditions.append(Case.country.in_(wanted.countries))
    if wanted.categories:
        conditions.append(or_(*(Case.categories.contains([one.value]) for one in wanted.categories)))
    if wanted.owner_ids or wanted.unassigned:
        conditions.append(_owned(wanted))
    if wanted.late:
        conditions.append(now > _DUE)
    if wanted.warned:
        conditions.append(Case.contact_signs != [])
    return conditions


def _owned(wanted: QueueFilter) -> ColumnElement[bool]:
    nobody = Case.owner_id.is_(None)
    if not wanted.owner_ids:
        return nobody
    somebody = Case.owner_id.in_(wanted.owner_ids)
    return or_(somebody, nobody) if wanted.unassigned else somebody
