"""Just before the window closes: one neutral sentence, where the plan allows it and an officer waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from cast import ELI
from paging import due_now
from phones import Exchange, exchange
from sqlalchemy import select

from cases.models import Case, ContactPlan, Message, Task, User
from cases.rules.reach import WHATSAPP_WINDOW
from cases.vocabulary import Actor, ActorKind, ContactPermission, MessageKind, Role
from escalation.services import work_case
from escalation.services.load_sending import load_sending
from escalation.services.nudge import NUDGE_UNTIL
from hotline.wording import WORKER_LANGUAGES, worker_words
from hotline.worker.ticks import Ticks


@contextmanager
def a_talk(url: str, *, reply: bool = True, allowed: bool = True) -> Iterator[tuple[Exchange, Any]]:
    """She wrote by WhatsApp, and, if wished, an officer answered and waits."""
    with time_machine.travel("2026-11-20T10:00:00+00:00", tick=True) as clock, exchange(url) as line_up:
        line_up.line(ELI).writes("halo", channel="whatsapp")
        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            plan = session.get(ContactPlan, case.reporter_id)
            if plan is None:
                plan = ContactPlan(person_id=case.reporter_id, signs=[], call=ContactPermission.UNKNOWN)
                session.add(plan)
            plan.reply = ContactPermission.ALLOWED if allowed else ContactPermission.UNKNOWN
            plan.updated_at = datetime.now(UTC)
            if reply:
                user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
                by = Actor(ActorKind.USER, user_id=user.id if user else None, role=Role.OFFICER)
                work_case.reply(session, case, "halo kak", by=by, now=datetime.now(UTC))
            session.commit()
        line_up.deliver()
        yield line_up, clock


def nudges(line_up: Exchange) -> list[Message]:
    Ticks(line_up.sessions, name="test").nudge()
    due_now(line_up)
    line_up.deliver()
    with line_up.sessions() as session:
        return list(session.scalars(select(Message).where(Message.kind == MessageKind.NUDGE)))


def test_it_comes_once_and_says_nothing(fresh_database: str) -> None:
    with a_talk(fresh_database) as (line_up, clock):
        assert nudges(line_up) == []
        clock.shift(timedelta(hours=23))
        for _ in range(3):
            (message,) = nudges(line_up)
            clock.shift(timedelta(minutes=5))

        assert message.provider_sid
        assert line_up.line(ELI).received()[-1] in {
            worker_words(language)["nudge"] for language in WORKER_LANGUAGES
        }


def test_nobody_is_nudged_whose_plan_does_not_allow_the_machine_to_write(fresh_database: str) -> None:
    with a_talk(fresh_database, allowed=False) as (line_up, clock):
        clock.shift(timedelta(hours=23))

        assert nudges(line_up) == []
        with line_up.sessions() as session:
            assert session.scalars(select(Task)).all() == []


def test_nobody_is_nudged_for_whom_no_officer_waits(fresh_database: str) -> None:
    with a_talk(fresh_database, reply=False) as (line_up, clock):
        clock.shift(timedelta(hours=23))

        assert nudges(line_up) == []


def test_who_has_answered_is_not_nudged(fresh_database: str) -> None:
    with a_talk(fresh_database) as (line_up, clock):
        clock.shift(timedelta(hours=2))
        line_up.line(ELI).writes("iya", channel="whatsapp")
        clock.shift(timedelta(hours=21))

        assert nudges(line_up) == []


def test_it_is_too_late_when_the_window_may_be_shut() -> None:
    assert NUDGE_UNTIL + load_sending().deadlines[MessageKind.NUDGE] <= WHATSAPP_WINDOW
