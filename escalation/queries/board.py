"""The supervisors' board: what runs, what is about to be late, what is late, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from cases.models import Agency, DutyContact, Message, Way
from cases.vocabulary import Channel, ClockState, Delivery
from escalation.models import Clock, Heartbeat, Page, Pattern
from escalation.queries.patterns import open_alerts

SOON = timedelta(hours=1)
_LONGEST_LIST = 100
_LATEST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Tally:
    """How many clocks of one step, or of one agency, stand where."""

    name: str
    running: int
    soon: int
    breached: int


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board, read in nine statements whatever the load."""

    by_step: Sequence[Tally]
    by_agency: Sequence[Tally]
    breached: Sequence[Clock]
    soon: Sequence[Clock]
    pages: Sequence[Page]
    heartbeat_at: datetime | None
    ran_job_at: datetime | None
    ways: Sequence[Way]
    waiting: Mapping[Channel, int]
    patterns: Sequence[Pattern]


def board(session: Session, *, now: datetime) -> Board:
    """The board as it stands."""
    clocks = select(Clock).options(joinedload(Clock.case)).order_by(Clock.due_at).limit(_LONGEST_LIST)
    soon = clocks.where(Clock.state == ClockState.RUNNING, Clock.due_at <= now + SOON)
    pages = (
        select(Page)
        .options(joinedload(Page.case), joinedload(Page.contact).joinedload(DutyContact.agency))
        .options(joinedload(Page.message), joinedload(Page.clock))
        .order_by(Page.id.desc())
        .limit(_LATEST_PAGES)
    )
    return Board(
        by_step=_tallies(session, Clock.step, now=now),
        by_agency=_tallies(session, Agency.name, now=now),
        breached=session.scalars(clocks.where(Clock.state == ClockState.BREACHED)).all(),
        soon=session.scalars(soon).all(),
        pages=session.scalars(pages).all(),
        heartbeat_at=last_heartbeat(session),
        ran_job_at=session.scalar(select(func.max(Heartbeat.ran_job_at))),
        ways=session.scalars(select(Way).order_by(Way.provider, Way.channel)).all(),
        waiting=waiting_to_go(session),
        patterns=open_alerts(session),
    )


def waiting_to_go(session: Session) -> dict[Channel, int]:
    """How many messages wait to be sent, by channel."""
    query = (
        select(Message.channel, func.count())
        .where(Message.next_attempt_at.is_not(None), Message.delivery == Delivery.WAITING)
        .group_by(Message.channel)
    )
    return {channel: count for channel, count in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def last_heartbeat(session: Session) -> datetime | None:
    """When a worker last finished a pass; None when none ever did."""
    return session.scalar(select(func.max(Heartbeat.at)))


def _tallies(session: Session, by: object, *, now: datetime) -> list[Tally]:
    running = Clock.state == ClockState.RUNNING
    query = (
        select(
            by,  # type: ignore[call-overload] # a column of either table
            func.sum(case((running, 1), else_=0)),
            func.sum(case((running & (Clock.due_at <= now + SOON), 1), else_=0)),
            func.sum(case((Clock.state == ClockState.BREACHED, 1), else_=0)),
        )
        .where(Clock.state.in_([ClockState.RUNNING, ClockState.BREACHED]))
        .group_by(by)
        .order_by(func.sum(case((Clock.state == ClockState.BREACHED, 1), else_=0)).desc())
        .limit(_LONGEST_LIST)
    )
    if by is Agency.name:
        query = query.join(Agency, Agency.id == Clock.agency_id)
    return [Tally(str(name), int(a), int(b), int(c)) for name, a, b, c in session.execute(query)]
