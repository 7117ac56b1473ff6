"""Grounds: what each rests on, and from what day on it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from cases.vocabulary import Category, CloseReason, Role, Urgency, WaitingAbout
from escalation.rules.closing import (
    CaseFacts,
    Lack,
    Standing,
    ground_on,
    judge_ground,
    may_confirm,
    needs_second_person,
    reopens,
)
from escalation.services.calendars import home_office
from escalation.services.load_closing import load_closing

OPENED = datetime(2029, 8, 1, 2, tzinfo=UTC)  # a Wednesday, 09:00 in Jakarta
FACTS = CaseFacts(Category.GAJI, opened_at=OPENED, last_contact_at=OPENED)


def standing(reason: CloseReason, facts: CaseFacts) -> Standing:
    ground = ground_on(load_closing(), reason, date(2029, 8, 1))
    assert ground is not None
    return judge_ground(ground, facts, home_office(facts.waiting_since or facts.opened_at))


def test_every_ground_says_what_it_rests_on() -> None:
    for ground in load_closing().grounds:
        assert ground.basis in {"law", "agreement", "default"}
        assert ground.source


def test_papers_have_thirty_days_from_registration() -> None:
    found = standing(CloseReason.PAPERS_NOT_COMPLETED, FACTS)
    assert found.possible_from == OPENED + timedelta(days=30)
    assert not found.is_possible(OPENED + timedelta(days=30, seconds=-1))
    assert found.is_possible(OPENED + timedelta(days=30))


def test_no_clear_answer_counts_fifteen_working_days_from_the_question() -> None:
    assert standing(CloseReason.NO_CLEAR_ANSWER, FACTS).lacks is Lack.ASK_CLEARLY
    asked = replace(FACTS, waiting_about=WaitingAbout.ANSWER, waiting_since=OPENED)
    found = standing(CloseReason.NO_CLEAR_ANSWER, asked)
    assert found.possible_from is not None
    # Fifteen working days and the 17th of August, a holiday, from a Wednesday: no day before the 22nd.
    assert found.possible_from.date() == date(2029, 8, 23)


def test_unreachable_counts_from_what_was_last_heard() -> None:
    heard = replace(FACTS, last_contact_at=OPENED + timedelta(days=10))
    assert standing(CloseReason.UNREACHABLE, heard).possible_from == OPENED + timedelta(days=70)


def test_what_cannot_be_settled_waits_six_months_from_telling_her() -> None:
    assert standing(CloseReason.CANNOT_BE_SETTLED, FACTS).lacks is Lack.TELL_HER
    told = replace(
        FACTS,
        waiting_about=WaitingAbout.CANNOT_BE_SETTLED,
        waiting_since=datetime(2029, 8, 31, 5, tzinfo=UTC),
    )
    found = standing(CloseReason.CANNOT_BE_SETTLED, told)
    assert found.possible_from == datetime(2030, 2, 28, 5, tzinfo=UTC)


def test_handed_over_needs_somebody_to_whom() -> None:
    assert standing(CloseReason.HANDED_OVER, FACTS).lacks is Lack.HAND_OVER
    assert standing(CloseReason.HANDED_OVER, replace(FACTS, referred=True)).is_possible(OPENED)


def test_solved_is_asked_first_except_of_mere_questions() -> None:
    assert standing(CloseReason.RESOLVED, FACTS).lacks is Lack.ASK_FIRST
    assert standing(CloseReason.RESOLVED, replace(FACTS, leading_category=Category.INFO)).is_possible(OPENED)
    asked = replace(FACTS, solved_since=OPENED)
    assert standing(CloseReason.RESOLVED, asked).possible_from == OPENED + timedelta(days=1)
    assert standing(CloseReason.RESOLVED, replace(asked, solved_known=True)).is_possible(OPENED)


def test_the_latest_ground_that_holds_on_the_day_decides() -> None:
    closing = load_closing()
    old = ground_on(closing, CloseReason.UNREACHABLE, date(2029, 1, 1))
    assert old is not None
    new = replace(old, holds_from=date(2029, 6, 1), source="a later rule")
    both = replace(closing, grounds=(*closing.grounds, new))
    assert ground_on(both, CloseReason.UNREACHABLE, date(2029, 5, 31)) == old
    assert ground_on(both, CloseReason.UNREACHABLE, date(2029, 6, 1)) == new
    assert ground_on(both, CloseReason.UNREACHABLE, date(2020, 1, 1)) is None


@pytest.mark.parametrize(
    "category", ["KEKERASAN_FISIK", "KEKERASAN_SEKSUAL", "SEKAP", "TPPO", "HILANG_KONTAK"]
)
def test_violence_is_closed_by_two(category: str) -> None:
    assert needs_second_person(load_closing(), ["GAJI", category])
    assert not needs_second_person(load_closing(), ["GAJI", "INFO"])


def test_a_second_person_is_somebody_else_and_one_is_a_supervisor() -> None:
    one, two = uuid4(), uuid4()
    officer, supervisor = Role.OFFICER, Role.SUPERVISOR
    assert may_confirm(asked_by=one, asked_role=officer, user_id=two, role=supervisor)
    assert may_confirm(asked_by=one, asked_role=supervisor, user_id=two, role=officer)
    assert not may_confirm(asked_by=one, asked_role=officer, user_id=two, role=officer)
    assert not may_confirm(asked_by=one, asked_role=supervisor, user_id=one, role=supervisor)
    assert not may_confirm(asked_by=one, asked_role=supervisor, user_id=None, role=None)


def test_checks_come_oftener_where_there_was_more_danger() -> None:
    checks = load_closing().checks
    assert (checks[Urgency.U1], checks[Urgency.U4]) == ((7, 30, 90), ())
    assert set(checks[Urgency.U3]) < set(checks[Urgency.U2]) < set(checks[Urgency.U1])


def test_a_later_message_is_a_new_matter_in_the_end() -> None:
    closing = load_closing()
    ground = ground_on(closing, CloseReason.RESOLVED, date(2029, 8, 1))
    assert reopens(closing, ground, OPENED, OPENED + timedelta(days=89))
    assert not reopens(closing, ground, OPENED, OPENED + timedelta(days=91))
    assert not reopens(
        closing, ground_on(closing, CloseReason.NOT_A_REPORT, date(2029, 8, 1)), OPENED, OPENED
    )
