"""The ways out as all workers see them: whose turn it is on a sender, and which way is broken (a circuit breaker)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from cases.models import Way
from cases.rules.sending import Circuit, Rate, next_in_rate, wait_before_probe
from cases.vocabulary import Channel


def take_turn(
    session: Session, provider: str, channel: Channel, *, rate: Rate, units: float, now: datetime
) -> datetime:
    """Reserve the sender for so many units; returns when they may go. The reservation holds whether or not that
    is now, so that whoever must wait waits once."""
    session.execute(_insert(provider, channel).on_conflict_do_nothing())
    way = session.execute(
        select(Way.free_at).where(*_key(provider, channel)).with_for_update(key_share=True)
    ).one()
    at, free_at = next_in_rate(rate, free_at=way.free_at, units=units, now=now)
    session.execute(update(Way).where(*_key(provider, channel)).values(free_at=free_at))
    return at


def shut_until(
    session: Session, provider: str, channel: Channel, *, circuit: Circuit, now: datetime
) -> datetime | None:
    """None when a message may go this way now: it works, or this message is the one that tries whether it does.
    Else the moment to ask again."""
    found = session.execute(select(Way.opened_at, Way.probe_at).where(*_key(provider, channel))).first()
    if found is None or found.opened_at is None:
        return None
    probe_at = found.probe_at or now
    if probe_at > now:
        return probe_at
    # The first to come becomes the probe; should its worker die, another one follows after `circuit.probe`.
    claim = (
        update(Way)
        .where(*_key(provider, channel), Way.probe_at == found.probe_at, Way.opened_at.is_not(None))
        .values(probe_at=now + circuit.probe)
        .returning(Way.channel)
    )
    return None if session.execute(claim).first() else now + circuit.probe


def is_shut(session: Session, provider: str, channel: Channel) -> bool:
    """True while the circuit of this way is open."""
    query = select(Way.channel).where(*_key(provider, channel), Way.opened_at.is_not(None))
    return session.execute(query).first() is not None


def note_failure(
    session: Session,
    provider: str,
    channel: Channel,
    *,
    error: str,
    began_at: datetime,
    circuit: Circuit,
    now: datetime,
) -> bool:
    """The provider failed (it refused nothing: it did not answer, or not sensibly). True when that shut the way."""
    session.execute(_insert(provider, channel).on_conflict_do_nothing())
    way = session.scalars(select(Way).where(*_key(provider, channel)).with_for_update(key_share=True)).one()
    way.failures += 1
    way.last_error = error
    if way.opened_at is None and way.failures >= circuit.failures:
        way.opened_at, way.times_opened = now, 1
        way.probe_at = now + wait_before_probe(circuit, 1)
        return True
    # What had begun before the way was shut tells nothing new.
    if way.opened_at is not None and began_at >= way.opened_at:
        way.times_opened += 1
        way.probe_at = now + wait_before_probe(circuit, way.times_opened)
    return False


def note_success(session: Session, provider: str, channel: Channel) -> bool:
    """The provider answered. True when that opened a way that was shut: what waits for it may go now."""
    query = select(Way).where(*_key(provider, channel), Way.failures > 0).with_for_update(key_share=True)
    way = session.scalars(query.execution_options(populate_existing=True)).first()
    if way is None:
        return False
    was_shut = way.opened_at is not None
    way.failures, way.times_opened = 0, 0
    way.opened_at = way.probe_at = way.last_error = None
    return was_shut


def broken_ways(session: Session) -> Sequence[Way]:
    """The ways that are shut, the longest first."""
    return session.scalars(select(Way).where(Way.opened_at.is_not(None)).order_by(Way.opened_at)).all()


def _insert(provider: str, channel: Channel) -> Insert:
    return insert(Way).values(provider=provider, channel=channel, failures=0, times_opened=0)


def _key(provider: str, channel: Channel) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (Way.provider == provider, Way.channel == channel)
