"""A case whose owner does nothing is nobody's in the end, and its owner is told before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Task
from cases.queries.find_case import locked_case
from cases.services.notes import add_note
from cases.services.reading import record_reading
from cases.vocabulary import (
    Actor,
    CaseStatus,
    ClockState,
    EventKind,
    Role,
    Step,
    TaskKind,
    Urgency,
    WaitingAbout,
)
from escalation.models import Clock
from escalation.rules.ownership import Neglect, OwnershipTimes, neglect
from escalation.services import work_case
from escalation.services.book import Book
from escalation.services.let_go import end_warning, let_go, neglected_cases, stale_warnings
from escalation.services.load_policy import load_ownership
from escalation.services.move_case import move_case

START = datetime(2029, 3, 1, tzinfo=UTC)
TIMES = OwnershipTimes(timedelta(hours=12), timedelta(hours=24))
HOUR = timedelta(hours=1)


@given(
    hours=st.integers(0, 400), warned=st.none() | st.integers(0, 400), waiting=st.none() | st.integers(0, 400)
)
def test_nobody_loses_a_case_unwarned(hours: int, warned: int | None, waiting: int | None) -> None:
    due = neglect(
        TIMES,
        acted_at=START,
        waiting_until=None if waiting is None else START + waiting * HOUR,
        warned_at=None if warned is None else START + warned * HOUR,
        now=START + hours * HOUR,
    )
    idle = hours - (waiting or 0)
    if due is Neglect.END:
        assert warned is not None
        assert hours - warned >= 12
        assert idle >= 24
    if due is Neglect.WARN:
        assert warned is None
        assert idle >= 12
    if warned is None and idle >= 12:
        assert due is Neglect.WARN


@pytest.fixture
def case(opened_case: Callable[..., Case], acting: Callable[[Role], Actor], session: Session) -> Case:
    found = locked_case(session, opened_case("gaji saya belum dibayar 3 bulan").id)
    found.urgency = Urgency.U3
    work_case.claim(session, found, by=acting(Role.OFFICER), now=datetime.now(UTC))
    session.commit()
    return found


def test_a_warning_then_the_end(
    case: Case, acting: Callable[[Role], Actor], book: Book, session: Session
) -> None:
    owner, ownership = acting(Role.OFFICER), load_ownership()
    times = ownership.times[Urgency.U3]
    assert case.owner_acted_at is not None
    start = case.owner_acted_at
    record_reading(session, case, by=owner, now=start + times.warn)  # looking is not doing
    assert list(neglected_cases(session, ownership, now=start + times.warn - HOUR)) == []
    warned = start + times.warn
    assert list(neglected_cases(session, ownership, now=warned)) == [case.id]
    assert let_go(session, case.id, ownership, book=book, now=warned) is Neglect.WARN
    task = session.scalars(select(Task).where(Task.kind == TaskKind.OWNERSHIP_ENDS)).one()
    assert (task.assignee_id, task.due_at) == (owner.user_id, start + times.ends)
    assert list(neglected_cases(session, ownership, now=warned + HOUR)) == []
    assert let_go(session, case.id, ownership, book=book, now=warned + HOUR) is None
    ended = start + times.ends
    assert list(neglected_cases(session, ownership, now=ended)) == [case.id]
    assert let_go(session, case.id, ownership, book=book, now=ended) is Neglect.END
    assert (case.owner_id, case.status) == (None, CaseStatus.TRIAGED)
    assert task.outcome == "let_go"
    line = session.scalars(select(Event).where(Event.kind == EventKind.UNASSIGNED)).one()
    assert line.data["was"] == str(owner.user_id)
    assign = select(Clock).where(Clock.step == Step.ASSIGN, Clock.state == ClockState.RUNNING)
    assert session.scalars(assign).one().started_at == ended
    work_case.claim(session, case, by=acting(Role.SUPERVISOR), now=ended + HOUR)
    assert case.status is CaseStatus.OPEN


def test_whoever_does_something_keeps_it(
    case: Case, acting: Callable[[Role], Actor], book: Book, session: Session
) -> None:
    ownership = load_ownership()
    assert case.owner_acted_at is not None
    warned = case.owner_acted_at + ownership.times[Urgency.U3].warn
    let_go(session, case.id, ownership, book=book, now=warned)
    add_note(session, case, "menunggu slip gaji", by=acting(Role.OFFICER), now=warned + HOUR)
    session.flush()
    assert list(stale_warnings(session)) == [case.id]
    end_warning(session, case.id, now=warned + HOUR)
    task = session.scalars(select(Task).where(Task.kind == TaskKind.OWNERSHIP_ENDS)).one()
    assert task.outcome == "heeded"
    late = case.owner_acted_at + ownership.times[Urgency.U3].warn - HOUR
    assert let_go(session, case.id, ownership, book=book, now=late) is None


def test_what_waits_is_not_neglected_before_the_day(
    case: Case, acting: Callable[[Role], Actor], book: Book, session: Session
) -> None:
    ownership, now = load_ownership(), datetime.now(UTC)
    until = now + timedelta(days=60)
    move_case(
        session,
        case,
        CaseStatus.WAITING_FOR_WORKER,
        explanation="menunggu paspor",
        about=WaitingAbout.PAPERS,
        until=until,
        book=book,
        by=acting(Role.OFFICER),
        now=now,
    )
    session.flush()
    times = ownership.times[Urgency.U3]
    assert list(neglected_cases(session, ownership, now=until - HOUR)) == []
    assert let_go(session, case.id, ownership, book=book, now=until + times.warn - HOUR) is None
    assert let_go(session, case.id, ownership, book=book, now=until + times.warn) is Neglect.WARN
