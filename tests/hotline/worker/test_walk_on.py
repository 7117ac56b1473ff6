"""A message that does not arrive takes the next way, and at the end there is always a human."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine
from cast import AMINA, BERTA, DANA, ELI, HARMLESS, LOCKED_IN
from phones import Exchange, exchange
from sqlalchemy import select, update

from cases.models import Case, DutyContact, Identifier, Message, Task, User
from cases.services import outbox
from cases.vocabulary import (
    Actor,
    ActorKind,
    Channel,
    Delivery,
    Direction,
    MessageKind,
    PageKind,
    Role,
    TaskKind,
)
from escalation.models import Page
from escalation.services import work_case
from escalation.services.load_sending import load_sending
from escalation.services.walk_on import failed_lately, walk_on
from hotline.worker.ticks import Ticks

# A number of the range kept for drama in a country where SMS gets through.
IN_LONDON = ELI


def outcomes(line_up: Exchange, **by_address: object) -> None:
    wanted = {name: {"status": "failed", "code": code} for name, code in by_address.items()}
    answer = requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": wanted}, timeout=5)
    assert answer.ok, answer.text


def reply(line_up: Exchange, words: str = "halo kak") -> None:
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        case = session.scalars(select(Case)).one()
        by = Actor(ActorKind.USER, user_id=user.id if user else None, role=Role.OFFICER)
        work_case.reply(session, case, words, by=by, now=datetime.now(UTC))
        session.commit()


def settle(line_up: Exchange) -> None:
    """Deliver until reports have come back and nothing more follows."""
    for _ in range(4):
        line_up.deliver()
        time.sleep(0.3)


def to_person(line_up: Exchange) -> list[Message]:
    with line_up.sessions() as session:
        query = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
        return list(session.scalars(query.order_by(Message.created_at)))


def test_a_reply_that_whatsapp_refuses_goes_by_sms(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(IN_LONDON).writes("halo", channel="whatsapp")
        outcomes(line_up, **{f"whatsapp:{IN_LONDON}": 63016})
        reply(line_up)
        settle(line_up)

        first, second = to_person(line_up)
        assert (first.channel, first.delivery, first.error_code) == (Channel.WHATSAPP, Delivery.FAILED, 63016)
        assert (second.channel, second.replaces_id, second.body) == (Channel.SMS, first.id, "halo kak")
        assert second.delivery in {Delivery.SENT, Delivery.DELIVERED}
        assert line_up.line(IN_LONDON).received() == ["halo kak"]


def test_outside_the_window_whatsapp_is_not_even_asked(fresh_database: str) -> None:
    with (
        time_machine.travel("2026-11-20T10:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        line_up.line(IN_LONDON).writes("halo", channel="whatsapp")
        clock.shift(timedelta(hours=23, minutes=40))
        reply(line_up)
        settle(line_up)

        first, second = to_person(line_up)
        assert (first.delivery, first.error_code, first.attempts) == (Delivery.FAILED, 63016, 0)
        assert second.channel is Channel.SMS
        assert line_up.line(IN_LONDON).received() == ["halo kak"]


def test_where_sms_does_not_get_through_a_human_is_asked(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes("halo", channel="whatsapp")
        outcomes(line_up, **{f"whatsapp:{AMINA}": 63024})
        reply(line_up)
        settle(line_up)

        (only,) = to_person(line_up)
        with line_up.sessions() as session:
            task = session.scalars(select(Task)).one()
            assert (task.kind, task.message_id) == (TaskKind.MESSAGE_FAILED, only.id)


def test_a_page_that_cannot_arrive_rings_the_supervisor(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        outcomes(line_up, **{BERTA: 30005, f"whatsapp:{BERTA}": 63003})
        settle(line_up)

        line_up.line(DANA).hears("kasus baru")
        with line_up.sessions() as session:
            kinds = session.scalars(select(Task.kind)).all()
            assert kinds == [TaskKind.MESSAGE_FAILED]
            pages = select(Message).where(Message.kind == MessageKind.PAGE).order_by(Message.created_at)
            states = [
                (m.channel, m.delivery in {Delivery.FAILED, Delivery.UNDELIVERED})
                for m in session.scalars(pages)
            ]
            # Her phone rang too, and nobody answered.
            ways = [(Channel.SMS, True), (Channel.WHATSAPP, True), (Channel.CALL, True), (Channel.SMS, False)]
            assert states == ways


def test_a_second_report_of_the_same_failure_changes_nothing(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(IN_LONDON).writes("halo", channel="whatsapp")
        outcomes(line_up, **{f"whatsapp:{IN_LONDON}": 63016})
        reply(line_up)
        settle(line_up)
        first = to_person(line_up)[0]
        for _ in range(3):
            with line_up.sessions() as session:
                walk_on(session, first.id, now=datetime.now(UTC))
                session.commit()

        assert len(to_person(line_up)) == 2


def test_a_failure_nobody_followed_up_is_found_by_the_tick(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(IN_LONDON).writes("halo", channel="whatsapp")
        reply(line_up)
        with line_up.sessions() as session:
            session.execute(
                update(Message)
                .where(Message.direction == Direction.OUT)
                .values(delivery=Delivery.FAILED, next_attempt_at=None)
            )
            session.commit()
            assert len(failed_lately(session, now=datetime.now(UTC))) == 1
        Ticks(line_up.sessions, name="test").find_stranded_messages()

        assert [message.channel for message in to_person(line_up)] == [Channel.WHATSAPP, Channel.SMS]
        with line_up.sessions() as session:
            assert failed_lately(session, now=datetime.now(UTC)) == []


def test_a_page_that_waited_too_long_is_not_sent_and_says_so(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(AMINA).writes(LOCKED_IN)
        with line_up.sessions() as session:
            page = session.scalars(select(Message).where(Message.kind == MessageKind.PAGE)).one()
            late = datetime.now(UTC) + timedelta(hours=2)
            assert outbox.begin_attempt(session, page.id, now=late, sending=load_sending()) is None
            assert (page.delivery, str(page.hold_reason)) == (Delivery.CANCELLED, "too_old")


# Twilio's own number for this error: whoever writes to it is told that its owner has opted out.
OPTED_OUT_AT_TWILIO = "+15005550004"


def pages_about_duress(line_up: Exchange) -> list[str]:
    with line_up.sessions() as session:
        query = select(DutyContact.address).join(Page, Page.contact_id == DutyContact.id)
        return sorted(session.scalars(query.where(Page.kind == PageKind.POSSIBLE_DURESS)))


def settle_until_a_human_is_asked(line_up: Exchange) -> None:
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        settle(line_up)
        with line_up.sessions() as session:
            if TaskKind.MESSAGE_FAILED in session.scalars(select(Task.kind)).all():
                return
    raise AssertionError("no human was asked")


@pytest.mark.parametrize(
    ("words", "by_report", "rung"),
    [(LOCKED_IN, False, [BERTA]), (LOCKED_IN, True, [BERTA]), (HARMLESS, False, []), (HARMLESS, True, [])],
)
def test_a_stop_that_only_the_provider_saw_rings_as_hers_does(
    fresh_database: str, words: str, by_report: bool, rung: list[str]
) -> None:
    """Refused at once or reported later: the same is done, once."""
    number = IN_LONDON if by_report else OPTED_OUT_AT_TWILIO
    with exchange(fresh_database) as line_up:
        line_up.line(number).writes(words)
        settle(line_up)
        if by_report:
            outcomes(line_up, **{number: 21610})
        reply(line_up)
        settle_until_a_human_is_asked(line_up)

        # On a busy machine the report may still be on its way when the answer to our request has come.
        ends = time.monotonic() + 10
        while rung and not pages_about_duress(line_up) and time.monotonic() < ends:
            settle(line_up)
        assert pages_about_duress(line_up) == rung
        if rung:
            line_up.line(BERTA).hears("diawasi atau dipaksa")
        with line_up.sessions() as session:
            kinds = set(session.scalars(select(Task.kind)))
            assert {TaskKind.POSSIBLE_DURESS, TaskKind.WRITE_BY_OTHER_MEANS, TaskKind.MESSAGE_FAILED} <= kinds
            person = session.scalars(select(Case)).one().reporter_id
            stopped = select(Identifier.opted_out_at).where(Identifier.person_id == person)
            assert session.scalars(stopped).one() is not None
            failed = select(Message.id).where(Message.error_code == 21610)
            for message_id in session.scalars(failed).all():
                walk_on(session, message_id, now=datetime.now(UTC))
            session.commit()
        assert pages_about_duress(line_up) == rung


def test_the_handler_is_rung_too(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(OPTED_OUT_AT_TWILIO).writes(LOCKED_IN)
        with line_up.sessions() as session:
            dana = next(one for one in session.scalars(select(DutyContact)) if one.address == DANA)
            session.scalars(select(Case)).one().owner_id = dana.user_id
            session.commit()
            assert dana.user_id is not None
        reply(line_up)
        settle_until_a_human_is_asked(line_up)

        assert pages_about_duress(line_up) == sorted([BERTA, DANA])
