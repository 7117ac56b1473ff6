"""Who asks how far the matter is gets one answer, from the case that is theirs, by a job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from cast import AMINA, ELI
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message
from cases.services.merge_cases import lock_both
from cases.vocabulary import (
    Actor,
    CaseStatus,
    Delivery,
    Direction,
    EventKind,
    Purpose,
    Role,
)
from escalation.services.answer_status import answer_status
from escalation.services.book import Book
from escalation.services.merge_cases import merge_cases

Post = Callable[..., Any]


def answers(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.purpose == Purpose.ANSWER)))


def test_one_question_has_one_answer_however_often_its_job_runs(
    opened_case: Callable[..., Case], post_message: Post, session: Session
) -> None:
    case = opened_case("halo")
    post_message("kabar")
    session.rollback()
    asked = session.scalars(select(Message).where(Message.body == "kabar")).one()
    waiting = text("SELECT args FROM procrastinate_jobs WHERE task_name = 'answer_status'")
    assert session.scalars(waiting).all() == [{"message_ids": [str(asked.id)]}]
    assert answers(session) == []

    for _ in range(2):
        answer_status(session, asked.id, now=datetime.now(UTC))
        session.commit()

    (answer,) = answers(session)
    assert (answer.case_id, answer.delivery) == (case.id, Delivery.HELD)
    lines = session.scalars(select(Event).where(Event.kind == EventKind.CODE_RECEIVED)).all()
    assert [line.data for line in lines] == [{"code": "status", "message": str(asked.id)}]


def test_two_questions_have_two_answers(
    opened_case: Callable[..., Case],
    post_message: Post,
    answer_status_questions: Callable[[], int],
    session: Session,
) -> None:
    opened_case("halo")
    post_message("kabar")
    post_message("STATUS")
    assert answer_status_questions() == 2
    assert len(answers(session)) == 2


def test_a_question_that_is_gone_has_no_answer(session: Session) -> None:
    answer_status(session, uuid4(), now=datetime.now(UTC))

    assert answers(session) == []


def test_nobody_is_answered_from_the_case_of_another(
    opened_case: Callable[..., Case],
    post_message: Post,
    answer_status_questions: Callable[[], int],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    survivor, merged = opened_case("halo", sender=AMINA), opened_case("halo", sender=ELI)
    post_message("kabar", sender=ELI)
    session.rollback()
    # Between the question and its job the case it was asked in becomes part of another.
    lock_both(session, survivor, merged)
    merge_cases(session, survivor, merged, book=book, by=by, now=now)
    session.commit()

    assert answer_status_questions() == 1

    assert answers(session) == []
    codes = select(Event.case_id).where(Event.kind == EventKind.CODE_RECEIVED)
    assert session.scalars(codes).all() == [survivor.id]


@pytest.mark.parametrize(
    ("status", "wording"),
    [(CaseStatus.NEW, "status_waiting"), (CaseStatus.OPEN, "status_working")],
)
def test_the_answer_says_how_far_it_is(
    opened_case: Callable[..., Case],
    post_message: Post,
    answer_status_questions: Callable[[], int],
    session: Session,
    status: CaseStatus,
    wording: str,
) -> None:
    case = opened_case("halo")
    case.status = status
    session.commit()
    post_message("kabar")

    answer_status_questions()

    (answer,) = answers(session)
    assert (answer.wording, answer.direction) == (wording, Direction.OUT)
