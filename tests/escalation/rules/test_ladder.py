"""Who is told next, and that it always ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.vocabulary import ClockState, LadderRole, PageKind, Step
from escalation.rules.ladder import Snapshot, first_look, next_step
from escalation.rules.policy import LadderTimes
from escalation.rules.sla import ALWAYS

START = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
U1 = LadderTimes(0.5, 1.0, 1.5, timedelta(minutes=15), timedelta(minutes=5), 3)
READ = Snapshot(
    Step.READ, ClockState.RUNNING, START, START + timedelta(minutes=5), timedelta(minutes=5), ALWAYS
)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def test_it_looks_first_at_half_time() -> None:
    assert first_look(U1, READ) == minutes(2.5)


def test_it_warns_the_handler_at_half_time() -> None:
    decision = next_step(READ, U1, minutes(2.5))

    assert decision is not None
    assert (decision.kind, decision.who) == (PageKind.WARN, (LadderRole.HANDLER,))
    assert decision.state is ClockState.RUNNING
    assert decision.next_at == minutes(5)


def test_it_tells_supervisor_and_duty_officer_at_the_deadline() -> None:
    decision = next_step(replace(READ, rung=1), U1, minutes(5))

    assert decision is not None
    assert decision.kind is PageKind.BREACH
    assert decision.who == (LadderRole.SUPERVISOR, LadderRole.DUTY_OFFICER)
    assert decision.state is ClockState.BREACHED
    assert decision.next_at == minutes(20)


def test_it_nudges_the_agency_that_owes_the_answer() -> None:
    decision = next_step(replace(READ, step=Step.REFERRAL_ACCEPT), U1, minutes(3))

    assert decision is not None
    assert decision.who == (LadderRole.AGENCY,)


def test_it_calls_the_director_and_repeats_until_the_limit() -> None:
    clock, now, pages = replace(READ, state=ClockState.BREACHED, rung=2), minutes(20), 0
    while True:
        decision = next_step(clock, U1, now)
        assert decision is not None
        if decision.kind is not None:
            assert decision.who == (LadderRole.DIRECTOR,)
            pages += 1
        clock = replace(
            clock, state=decision.state, rung=decision.rung, repeats=decision.repeat, last_paged_at=now
        )
        if decision.next_at is None:
            break
        now = decision.next_at

    assert pages == 1 + U1.max_repeats


def test_after_an_outage_it_pages_once_for_the_highest_rung() -> None:
    decision = next_step(READ, U1, minutes(600))

    assert decision is not None
    assert (decision.rung, decision.kind) == (3, PageKind.STILL_SILENT)
    assert decision.state is ClockState.BREACHED


def test_an_acknowledged_clock_pages_nobody_but_still_breaches() -> None:
    acknowledged = replace(READ, rung=1, acknowledged=True)

    early, late = next_step(acknowledged, U1, minutes(3)), next_step(acknowledged, U1, minutes(5))

    assert early is not None
    assert (early.kind, early.next_at) == (None, minutes(5))
    assert late is not None
    assert (late.kind, late.state, late.next_at) == (None, ClockState.BREACHED, None)


def test_a_met_clock_is_left_alone() -> None:
    assert next_step(replace(READ, state=ClockState.MET), U1, minutes(600)) is None


@given(
    st.lists(st.floats(0, 500), min_size=1, max_size=60),
    st.floats(0.1, 0.9),
    st.integers(0, 10),
    st.integers(1, 300),
)
def test_each_rung_fires_once_whenever_we_look(
    looks: list[float], warn_at: float, repeats: int, limit_minutes: int
) -> None:
    limit = timedelta(minutes=limit_minutes)
    times = LadderTimes(warn_at, 1.0, 1.5, None, timedelta(minutes=5), repeats)
    clock = replace(READ, limit=limit, due_at=START + limit)
    fired: list[tuple[int, int]] = []
    for look in sorted(looks):
        now = minutes(look)
        decision = next_step(clock, times, now)
        assert decision is not None
        assert decision.next_at is None or decision.next_at > now
        if decision.kind is not None:
            fired.append((decision.rung, decision.repeat))
        clock = replace(
            clock,
            state=decision.state,
            rung=decision.rung,
            repeats=decision.repeat,
            last_paged_at=now if decision.kind else clock.last_paged_at,
        )

    assert len(fired) == len(set(fired))
    assert len(fired) <= 3 + repeats
