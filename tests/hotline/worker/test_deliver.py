"""Nothing is lost and nothing is sent twice, whatever the provider does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine
from cast import AMINA, BERTA, LOCKED_IN
from paging import due_now
from phones import Exchange, exchange
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from cases.models import Message
from cases.queries.find_case import locked_case
from cases.services import outbox
from cases.vocabulary import Delivery, Direction
from hotline.channels.port import FailureClass, Outcome, Outgoing, Unknown
from hotline.channels.twilio.sender import TwilioChannel
from hotline.worker.deliver import Deliverer, next_attempt


def outgoing(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        return list(session.scalars(select(Message).where(Message.direction == Direction.OUT)))


def faults(line_up: Exchange, **wanted: object) -> None:
    answer = requests.post(f"{line_up.phones_url}/_control/faults", json=wanted, timeout=5)
    assert answer.ok, answer.text


def accepted(line_up: Exchange) -> int:
    """How many messages the phones really took, whatever they answered."""
    return sum(
        len(requests.get(f"{line_up.phones_url}/_control/phones/{number}", timeout=5).json()["lines"])
        for number in {BERTA}
    )


@pytest.mark.parametrize("fault", ["unavailable_after", "reset_after_accept"])
def test_an_unknown_outcome_is_looked_up_before_sending_again(fresh_database: str, fault: str) -> None:
    with (
        time_machine.travel("2029-11-27T22:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        line_up.line(AMINA).writes(LOCKED_IN)
        faults(line_up, **{fault: {"next": 10}})
        line_up.deliver()
        faults(line_up, **{fault: False})
        clock.shift(timedelta(seconds=20))
        deliverer = Deliverer(line_up.settings, line_up.sessions, TwilioChannel(line_up.settings))
        for message in outgoing(line_up):
            deliverer.deliver(message.id)

        assert accepted(line_up) == 1
        assert all(message.provider_sid for message in outgoing(line_up))


def test_too_many_requests_are_tried_again(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        faults(line_up, rate_limit={"next": 2})
        line_up.deliver()

        waiting = [m for m in outgoing(line_up) if m.delivery is Delivery.WAITING]
        assert len(waiting) == 2
        assert {m.error_code for m in waiting} == {20429}
        assert all(m.next_attempt_at for m in waiting)


def test_a_receipt_does_not_wait_for_whoever_holds_the_case(fresh_database: str) -> None:
    """Who holds a case waits for its messages: were it the other way round as well, both would wait for ever."""
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        message = outgoing(line_up)[0]
        assert message.case_id is not None
        with line_up.sessions() as holder, line_up.sessions() as session:
            outbox.begin_attempt(session, message.id, now=message.created_at)
            session.commit()
            locked_case(holder, message.case_id)
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            # It comes before the answer to our own request, and so changes the message twice.
            assert outbox.record_receipt(
                session, message.id, sid="SM" + "0" * 32, status="sent", error_code=0, now=message.created_at
            )
            session.commit()


def test_a_job_whose_transaction_the_database_ended_runs_again(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        ended = iter([OperationalError("SELECT 1", {}, Exception("deadlock detected"))] * 2)
        begin = outbox.begin_attempt

        def begin_or_end(*args: object, **named: object) -> object:
            if error := next(ended, None):
                raise error
            return begin(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(outbox, "begin_attempt", begin_or_end)
        line_up.deliver()
        due_now(line_up)
        line_up.deliver()

        assert all(message.provider_sid for message in outgoing(line_up))


def test_a_killed_attempt_is_not_repeated_before_its_time(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        with line_up.sessions() as session:
            for message in session.scalars(select(Message).where(Message.direction == Direction.OUT)):
                assert message.attempted_at is None
                first = outbox.begin_attempt(session, message.id, now=message.created_at)
                assert first is not None
                assert outbox.begin_attempt(session, message.id, now=message.created_at) is None
                later = outbox.begin_attempt(
                    session, message.id, now=message.created_at + timedelta(seconds=20)
                )
                assert later is not None
                assert later.outcome_unknown_since == message.created_at
            session.rollback()


def test_a_late_receipt_never_goes_back(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        line_up.deliver()
        line_up.line(BERTA).expects("kasus baru")
        with line_up.sessions() as session:
            message = session.scalars(select(Message).where(Message.direction == Direction.OUT)).first()
            assert message is not None
            session.execute(
                update(Message).where(Message.id == message.id).values(delivery=Delivery.DELIVERED)
            )
            for status in ("sent", "queued", "something-new", "sent"):
                assert outbox.record_receipt(
                    session,
                    message.id,
                    sid=message.provider_sid or "",
                    status=status,
                    error_code=0,
                    now=message.created_at,
                )
            session.refresh(message)
            assert message.delivery is Delivery.DELIVERED
            session.rollback()


def test_an_outage_of_hours_gives_nobody_up() -> None:
    """Twelve attempts were over in eight minutes; a provider may be away for longer."""
    began = now = datetime.now(UTC)
    attempts = 0
    while True:
        attempts += 1
        again = next_attempt(FailureClass.RETRY, attempts, now)
        if again is None:
            break
        assert again - now <= timedelta(minutes=5), "it is back, and somebody waits"
        now = again

    assert timedelta(hours=5) < now - began < timedelta(hours=7)
    assert next_attempt(FailureClass.ADDRESS, 1, now) is None


def test_a_silent_provider_is_given_time_before_we_look(fresh_database: str) -> None:
    """A request that timed out may still be taken after it: looked for too soon, it would be sent twice."""

    class Silent(TwilioChannel):
        def send(self, outgoing: Outgoing) -> Outcome:
            return Unknown("ReadTimeout")

    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        deliverer = Deliverer(line_up.settings, line_up.sessions, Silent(line_up.settings))
        for message in outgoing(line_up):
            deliverer.deliver(message.id)

        for message in outgoing(line_up):
            assert message.next_attempt_at is not None
            assert message.attempted_at is not None
            assert message.next_attempt_at - message.attempted_at == timedelta(seconds=45)
