"""What she writes after her case was closed takes it up again; thanks alone do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cast import HARMLESS, LOCKED_IN
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message, Referral, SafetyCheck
from cases.queries.find_case import locked_case
from cases.rules.event_chain import seal
from cases.vocabulary import (
    Actor,
    CaseStatus,
    CheckOutcome,
    ClockState,
    CloseReason,
    EventKind,
    ReferralStatus,
    Role,
    Step,
)
from escalation.models import Clock
from escalation.services import work_case
from escalation.services.close_case import confirm_closing

Closed = Callable[..., Case]


@pytest.fixture
def closed_case(
    opened_case: Callable[..., Case], acting: Callable[[Role], Actor], session: Session
) -> Closed:
    def close(
        words: str = HARMLESS, *, reason: CloseReason = CloseReason.WITHDRAWN, claim: bool = True
    ) -> Case:
        case = locked_case(session, opened_case(words).id)
        by, now = acting(Role.OFFICER), datetime.now(UTC)
        if claim:
            work_case.claim(session, case, by=by, now=now)
        asked = work_case.close(
            session, case, reason, explanation="begitu", safety_note="aman", by=by, now=now
        )
        if asked is not None:
            session.flush()
            confirm_closing(session, case, request_id=asked.id, by=acting(Role.SUPERVISOR), now=now)
        session.commit()
        return case

    return close


def how_many(session: Session, model: type[Any]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    "words", ["makasih kak", "terima kasih banyak 🙏", "ok", "👍", "matur nuwun", "sakalangkong"]
)
def test_thanks_are_kept_and_open_nothing(
    words: str, closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case()

    assert post_message(words).status_code == 200

    assert how_many(session, Case) == 1
    session.refresh(case)
    assert (case.status, case.last_words) == (CaseStatus.CLOSED, words)
    said = session.scalars(select(Message.body).where(Message.case_id == case.id)).all()
    assert words in said
    assert session.scalars(select(Clock).where(Clock.state == ClockState.RUNNING)).all() == []


@pytest.mark.parametrize("words", ["makasih tapi belum dibayar", "halo kak", "1", "ya", "makasih?", "tolong"])
def test_anything_beside_thanks_takes_it_up(
    words: str, closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case()

    post_message(words)

    assert how_many(session, Case) == 1
    session.refresh(case)
    assert (case.status, case.closed_at, case.close_reason) == (CaseStatus.OPEN, None, None)
    running = select(Clock.step).where(Clock.state == ClockState.RUNNING, Clock.referral_id.is_(None))
    assert set(session.scalars(running)) == {Step.READ, Step.SAFE_CONTACT}
    kinds = [line.kind for line in log_of(session, case)]
    assert kinds.index(EventKind.REOPENED) < len(kinds) - 1
    assert EventKind.MESSAGE_RECEIVED in kinds[kinds.index(EventKind.REOPENED) :]


def log_of(session: Session, case: Case) -> list[Event]:
    """The log, whose chain must hold."""
    lines = list(session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.position)))
    last = b""
    for number, line in enumerate(lines, start=1):
        actor = f"{line.actor}:{line.user_id or line.contact_id or ''}"
        last = seal(last, position=number, kind=line.kind.value, at=line.at, actor=actor, data=line.data)
        assert (line.position, line.hash) == (number, last)
    assert (case.last_event_hash, case.event_count) == (last, len(lines))
    return lines


def test_what_nobody_had_is_new_again(
    closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case(claim=False)

    post_message("masih ada lagi kak")

    session.rollback()
    session.refresh(case)
    assert case.status is CaseStatus.NEW
    running = select(Clock.step).where(Clock.state == ClockState.RUNNING, Clock.referral_id.is_(None))
    assert set(session.scalars(running)) == {Step.READ, Step.ASSIGN, Step.SAFE_CONTACT}


def test_danger_calls_the_duty_room_as_if_it_were_new(
    closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case(LOCKED_IN)
    before = set(session.scalars(select(Referral.id).where(Referral.status == ReferralStatus.SENT)))
    assert before

    post_message("dia pukul saya lagi, tolong")

    session.rollback()
    session.refresh(case)
    assert case.is_open
    fresh = session.scalars(select(Referral).where(Referral.status == ReferralStatus.SENT)).all()
    assert {one.id for one in fresh} - before
    log_of(session, case)
    waiting = session.scalars(select(SafetyCheck)).all()
    assert {check.outcome for check in waiting} == {CheckOutcome.GOES_ON}


def test_long_after_or_of_another_ground_it_is_a_new_matter(
    closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case()
    case.closed_at = datetime.now(UTC) - timedelta(days=91)
    session.commit()

    post_message("halo, ada perkara baru")

    assert how_many(session, Case) == 2


def test_what_was_no_report_stays_closed(
    closed_case: Closed, post_message: Callable[..., Any], session: Session
) -> None:
    case = closed_case(reason=CloseReason.NOT_A_REPORT)

    post_message("halo kak, gaji saya belum dibayar")

    assert how_many(session, Case) == 2
    session.refresh(case)
    assert case.status is CaseStatus.CLOSED
