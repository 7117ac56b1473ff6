"""Closing: on a ground whose time has run, by two where there was violence, with looks after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cast import LOCKED_IN
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, StaleVersion, WrongState
from cases.models import Case, ClosingRequest, Event, Message, SafetyCheck, Task
from cases.queries.find_case import locked_case
from cases.services.contact import set_contact_plan
from cases.vocabulary import (
    Actor,
    CaseStatus,
    CheckOutcome,
    CloseReason,
    ClosingOutcome,
    ContactPermission,
    EventKind,
    HoldReason,
    MessageKind,
    Role,
    TaskKind,
    WaitingAbout,
)
from escalation.services import work_case
from escalation.services.book import Book
from escalation.services.close_case import confirm_closing, decline_closing, waiting_request
from escalation.services.look_after import due_checks, expire_request, expired_requests, make_check
from escalation.services.move_case import move_case

S = CaseStatus


@dataclass
class Desk:
    """Two people and one case."""

    session: Session
    book: Book
    officer: Actor
    supervisor: Actor
    case: Case
    now: datetime

    def plan(self, **changes: Any) -> None:
        set_contact_plan(self.session, self.case, changes, version=0, by=self.officer, now=self.now)

    def move(self, wanted: CaseStatus, **given: Any) -> None:
        given = {"explanation": "begitu"} | given
        move_case(self.session, self.case, wanted, book=self.book, by=self.officer, now=self.now, **given)
        self.session.flush()

    def close(self, reason: CloseReason, *, note: str = "aman di rumah ibunya") -> ClosingRequest | None:
        return work_case.close(
            self.session,
            self.case,
            reason,
            explanation="begitu",
            safety_note=note,
            by=self.officer,
            now=self.now,
        )

    def tasks(self) -> list[tuple[TaskKind, HoldReason | None]]:
        query = select(Task).where(Task.case_id == self.case.id, Task.done_at.is_(None)).order_by(Task.id)
        return [(task.kind, task.reason) for task in self.session.scalars(query)]

    def checks(self) -> list[SafetyCheck]:
        query = select(SafetyCheck).where(SafetyCheck.case_id == self.case.id)
        return list(self.session.scalars(query.order_by(SafetyCheck.due_at)))

    def sent(self) -> list[str | None]:
        query = select(Message.wording).where(
            Message.case_id == self.case.id, Message.kind == MessageKind.CHECK
        )
        return list(self.session.scalars(query))


@pytest.fixture
def desk(
    opened_case: Callable[..., Case], acting: Callable[[Role], Actor], book: Book, session: Session
) -> Callable[..., Desk]:
    def sit_down(words: str = LOCKED_IN) -> Desk:
        case = locked_case(session, opened_case(words).id)
        officer, supervisor = acting(Role.OFFICER), acting(Role.SUPERVISOR)
        now = datetime.now(UTC)
        work_case.claim(session, case, by=officer, now=now)
        return Desk(session, book, officer, supervisor, case, now)

    return sit_down


def test_a_move_that_is_not_in_the_table_names_those_that_are(desk: Callable[..., Desk]) -> None:
    at = desk()
    with pytest.raises(WrongState) as refused:
        at.move(S.NEW)
    assert refused.value.facts["possible"] == (
        S.TRIAGED,
        S.WAITING_FOR_WORKER,
        S.WAITING_FOR_AGENCY,
        S.RESOLVED,
        S.CLOSED,
    )


def test_who_waits_says_for_what_and_is_reminded(desk: Callable[..., Desk]) -> None:
    at = desk()
    with pytest.raises(Invalid):
        at.move(S.WAITING_FOR_WORKER)
    at.move(S.WAITING_FOR_WORKER, about=WaitingAbout.PAPERS)
    assert (at.case.status, at.case.waiting_about) == (S.WAITING_FOR_WORKER, WaitingAbout.PAPERS)
    assert at.case.waiting_until == at.now + timedelta(days=1)
    assert (TaskKind.LOOK_AGAIN, None) in at.tasks()
    at.move(S.OPEN)
    assert (at.case.waiting_about, at.case.waiting_until) == (None, None)
    assert (TaskKind.LOOK_AGAIN, None) not in at.tasks()
    line = at.session.scalars(select(Event).where(Event.kind == EventKind.STATUS_CHANGED)).all()[-1]
    assert (line.data["from"], line.data["to"]) == ("waiting_for_worker", "open")


def test_words_of_hers_end_the_waiting(
    desk: Callable[..., Desk], post_message: Callable[..., Any], session: Session
) -> None:
    at = desk()
    at.move(S.WAITING_FOR_WORKER, about=WaitingAbout.PAPERS)
    session.commit()
    post_message("ini paspor saya kak")
    session.rollback()
    session.refresh(at.case)
    assert (at.case.status, at.case.waiting_about) == (S.OPEN, None)


@pytest.mark.parametrize(("words", "status"), [("sudah kak, makasih", S.RESOLVED), ("belum kak", S.OPEN)])
def test_she_says_herself_whether_it_is_solved(
    words: str,
    status: CaseStatus,
    desk: Callable[..., Desk],
    post_message: Callable[..., Any],
    session: Session,
) -> None:
    at = desk()
    at.move(S.RESOLVED)
    session.commit()
    post_message(words)
    session.rollback()
    session.refresh(at.case)
    assert at.case.status is status


def test_she_is_asked_by_the_gate_or_a_human_asks_her(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.move(S.RESOLVED)
    assert at.sent() == []
    assert (TaskKind.ASK_IF_SOLVED, HoldReason.NOTHING_KNOWN) in at.tasks()
    with pytest.raises(WrongState) as refused:
        at.close(CloseReason.RESOLVED)
    assert refused.value.facts["lacks"] == "ask_first"
    at.move(S.OPEN)
    at.plan(reply=ContactPermission.ALLOWED)
    at.move(S.RESOLVED)
    assert at.sent() == ["check_solved"]
    with pytest.raises(WrongState) as refused:
        at.close(CloseReason.RESOLVED)
    assert refused.value.facts["possible_from"] == (at.now + timedelta(days=1)).isoformat()


def test_a_ground_whose_time_has_not_run_says_from_when_on(desk: Callable[..., Desk]) -> None:
    at = desk("gaji saya belum dibayar")
    with pytest.raises(WrongState) as refused:
        at.close(CloseReason.UNREACHABLE)
    moment = at.case.last_message_at + timedelta(days=60)
    assert refused.value.facts["possible_from"] == moment.isoformat()
    at.now = moment
    assert at.close(CloseReason.UNREACHABLE) is None
    assert at.case.status is S.CLOSED
    line = at.session.scalars(select(Event).where(Event.kind == EventKind.CLOSED)).one()
    assert (line.data["basis"], line.data["reason"]) == ("law", "unreachable")


def test_violence_is_closed_by_a_second_person_with_a_note_on_safety(desk: Callable[..., Desk]) -> None:
    at = desk()
    with pytest.raises(Invalid):
        at.close(CloseReason.WITHDRAWN, note=" ")
    request = at.close(CloseReason.WITHDRAWN)
    assert request is not None
    assert at.case.status is S.OPEN
    assert (TaskKind.CONFIRM_CLOSING, None) in at.tasks()
    with pytest.raises(WrongState):
        at.close(CloseReason.WITHDRAWN)
    with pytest.raises(Forbidden):
        confirm_closing(at.session, at.case, request_id=request.id, by=at.officer, now=at.now)
    with pytest.raises(StaleVersion):
        confirm_closing(at.session, at.case, request_id=at.case.id, by=at.supervisor, now=at.now)
    confirm_closing(at.session, at.case, request_id=request.id, by=at.supervisor, now=at.now)
    assert (at.case.status, request.outcome) == (S.CLOSED, ClosingOutcome.CONFIRMED)
    assert request.decided_by_id == at.supervisor.user_id
    assert (TaskKind.CONFIRM_CLOSING, None) not in at.tasks()
    with pytest.raises(WrongState):
        confirm_closing(at.session, at.case, request_id=request.id, by=at.supervisor, now=at.now)


def test_what_she_wrote_since_voids_the_request(
    desk: Callable[..., Desk], post_message: Callable[..., Any]
) -> None:
    at = desk()
    request = at.close(CloseReason.WITHDRAWN)
    assert request is not None
    at.session.commit()
    post_message("tolong, dia datang lagi")
    at.session.rollback()
    case = locked_case(at.session, at.case.id)
    with pytest.raises(WrongState) as refused:
        confirm_closing(at.session, case, request_id=request.id, by=at.supervisor, now=at.now)
    assert refused.value.facts["closing"] == "overtaken"
    assert at.close(CloseReason.WITHDRAWN) is not request
    assert request.outcome is ClosingOutcome.OVERTAKEN


def test_a_request_that_nobody_confirms_ends_and_can_be_declined(desk: Callable[..., Desk]) -> None:
    at = desk()
    request = at.close(CloseReason.WITHDRAWN)
    assert request is not None
    later = at.now + timedelta(hours=49)
    with pytest.raises(WrongState):
        confirm_closing(at.session, at.case, request_id=request.id, by=at.supervisor, now=later)
    assert list(expired_requests(at.session, now=later)) == [request.id]
    assert expire_request(at.session, request.id, now=later)
    assert not expire_request(at.session, request.id, now=later)
    assert request.outcome is ClosingOutcome.EXPIRED
    again = at.close(CloseReason.WITHDRAWN)
    assert again is not None
    decline_closing(at.session, at.case, why="belum aman", request_id=again.id, by=at.supervisor, now=at.now)
    assert (again.outcome, at.case.status) == (ClosingOutcome.DECLINED, S.OPEN)
    assert waiting_request(at.session, at.case) is None


def closed(at: Desk) -> None:
    request = at.close(CloseReason.WITHDRAWN)
    assert request is not None
    confirm_closing(at.session, at.case, request_id=request.id, by=at.supervisor, now=at.now)


def test_checks_after_closing_never_write_against_the_plan(desk: Callable[..., Desk]) -> None:
    at = desk()
    closed(at)
    assert [check.days for check in at.checks()] == [7, 30, 90]
    assert list(due_checks(at.session, now=at.now + timedelta(days=6))) == []
    first, second, third = at.checks()
    week = at.now + timedelta(days=7)
    assert list(due_checks(at.session, now=week)) == [first.id]
    assert make_check(at.session, first.id, now=week) is CheckOutcome.FOR_A_HUMAN
    assert make_check(at.session, first.id, now=week) is None
    assert (at.sent(), at.tasks()[-1]) == ([], (TaskKind.CHECK_SAFETY, HoldReason.NOTHING_KNOWN))
    at.plan(reply=ContactPermission.ALLOWED)
    month = at.now + timedelta(days=30)
    assert make_check(at.session, second.id, now=month) is CheckOutcome.ASKED
    assert at.sent() == ["check_safe"]
    work_case.reopen(at.session, at.case, explanation="lagi", book=at.book, by=at.officer, now=month)
    assert make_check(at.session, third.id, now=at.now + timedelta(days=90)) is None
    at.session.refresh(third)
    assert third.outcome is CheckOutcome.GOES_ON
    assert at.sent() == ["check_safe"]
