"""Taken, then reported back: sent once more on the same way, and never where it may have arrived."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from cast import BERTA, ELI, LOCKED_IN
from phones import Exchange, exchange
from sqlalchemy import func, select, text, update

from cases.models import Case, Message, Task, User
from cases.queries.dead_letters import dead_messages
from cases.services import outbox
from cases.vocabulary import Actor, ActorKind, Channel, Delivery, Direction, MessageKind, Role
from escalation.services import work_case
from escalation.services.walk_on import failed_lately, walk_on
from hotline.channels.port import FailureClass
from hotline.channels.retrying import next_after_report
from hotline.channels.twilio.error_codes import again_after_report, failure_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WORDS = "halo kak"


def ends(line_up: Exchange, status: str, code: int, *names: str) -> None:
    end = {"status": status} | ({"code": code} if code else {})
    wanted = dict.fromkeys(names, end)
    answer = requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": wanted}, timeout=5)
    assert answer.ok, answer.text


def reply(line_up: Exchange) -> None:
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        case = session.scalars(select(Case)).one()
        by = Actor(ActorKind.USER, user_id=user.id if user else None, role=Role.OFFICER)
        work_case.reply(session, case, WORDS, by=by, now=datetime.now(UTC))
        session.commit()


def settle(line_up: Exchange, times: int = 3) -> None:
    for _ in range(times):
        line_up.deliver()
        time.sleep(0.3)


def to_person(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        query = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
        return list(session.scalars(query.order_by(Message.created_at)))


def it_is_time(line_up: Exchange) -> None:
    """The wait is over: the moment in the row and its job are moved to now."""
    with line_up.sessions() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        waiting = update(Message).where(Message.next_attempt_at > past)
        session.execute(waiting.values(next_attempt_at=past))
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
        session.commit()


@pytest.mark.parametrize(("status", "code"), [("undelivered", 30003), ("failed", 30001)])
def test_it_goes_once_more_when_its_time_has_come(fresh_database: str, status: str, code: int) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo")
        ends(line_up, status, code, ELI)
        reply(line_up)
        settle(line_up)

        (only,) = to_person(line_up)
        assert (only.delivery, only.error_code) == (Delivery(status), code)
        assert only.next_attempt_at is not None and only.next_attempt_at > only.created_at
        with line_up.sessions() as session:
            assert failed_lately(session, now=datetime.now(UTC)) == []
            assert dead_messages(session, by=None, limit=5).rows == []
            assert session.scalar(select(func.count()).select_from(Task)) == 0

        ends(line_up, "delivered", 0, ELI)
        it_is_time(line_up)
        settle(line_up)

        first, second = to_person(line_up)
        assert (second.channel, second.replaces_id, second.body) == (Channel.SMS, first.id, WORDS)
        assert second.delivery is Delivery.DELIVERED
        assert first.next_attempt_at is None
        assert line_up.line(ELI).received() == [WORDS]


def test_after_some_times_the_next_way_is_walked(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo")
        ends(line_up, "undelivered", 30003, ELI)
        reply(line_up)
        for _ in range(6):
            settle(line_up, 2)
            it_is_time(line_up)
        settle(line_up)

        ways = [one.channel for one in to_person(line_up)]
        assert ways[:4] == [Channel.SMS] * 4
        with line_up.sessions() as session:
            tasks = session.scalar(select(func.count()).select_from(Task))
        # To this number WhatsApp was never open: a human is next.
        assert (ways[4:], tasks) == ([], 1)


@pytest.mark.parametrize(("status", "code"), [("undelivered", 30008), ("undelivered", 0), ("failed", 39999)])
def test_what_may_have_arrived_is_not_sent_again_on_its_way(
    fresh_database: str, status: str, code: int
) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo")
        ends(line_up, status, code, ELI)
        reply(line_up)
        settle(line_up)
        it_is_time(line_up)
        settle(line_up)

        assert [one.channel for one in to_person(line_up)].count(Channel.SMS) == 1


def test_good_news_ends_the_waiting(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo")
        ends(line_up, "undelivered", 30003, ELI)
        reply(line_up)
        settle(line_up)
        (only,) = to_person(line_up)
        with line_up.sessions() as session:
            sid = only.provider_sid or ""
            now = datetime.now(UTC)
            # Reports are repeated, and come in any order.
            outbox.record_receipt(session, only.id, sid=sid, status="delivered", error_code=0, now=now)
            outbox.record_receipt(session, only.id, sid=sid, status="undelivered", error_code=30003, now=now)
            session.commit()
        it_is_time(line_up)
        settle(line_up)

        (only,) = to_person(line_up)
        assert (only.delivery, only.next_attempt_at) == (Delivery.DELIVERED, None)


def test_two_who_come_at_once_send_once(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("halo")
        ends(line_up, "undelivered", 30003, ELI)
        reply(line_up)
        settle(line_up)
        (only,) = to_person(line_up)
        ends(line_up, "delivered", 0, ELI)
        it_is_time(line_up)
        for _ in range(3):
            with line_up.sessions() as session:
                walk_on(session, only.id, now=datetime.now(UTC))
                session.commit()
        settle(line_up)

        assert len(to_person(line_up)) == 2
        assert line_up.line(ELI).received() == [WORDS]


def test_a_page_does_not_wait(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes(LOCKED_IN)
        ends(line_up, "undelivered", 30003, BERTA)
        settle(line_up, 4)

        with line_up.sessions() as session:
            pages = session.scalars(select(Message).where(Message.kind == MessageKind.PAGE)).all()
            failed = [one for one in pages if one.delivery is Delivery.UNDELIVERED]
            replaced = {one.replaces_id for one in pages}
        assert failed
        assert {one.id for one in failed} & replaced
        assert all(one.next_attempt_at is None for one in failed)


def test_every_code_that_goes_again_is_one_to_retry() -> None:
    again = [code for code in range(11000, 64000) if again_after_report(code)]

    assert 30003 in again and 30008 not in again
    assert {failure_of(code) for code in again} <= {FailureClass.RETRY, FailureClass.RETRY_SLOWLY}


@pytest.mark.parametrize(("failure", "times"), [(FailureClass.RETRY, 5), (FailureClass.RETRY_SLOWLY, 3)])
def test_the_waits_of_a_class(failure: FailureClass, times: int) -> None:
    planned = [next_after_report(failure, sent, NOW) for sent in range(1, times + 1)]

    assert all(at is not None and at > NOW for at in planned)
    assert next_after_report(failure, times + 1, NOW) is None
    assert next_after_report(FailureClass.ADDRESS, 1, NOW) is None
