"""What she writes besides words, and what never reaches her phone: told with phones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cast import AMINA, BERTA, LOCKED_IN
from phones import Exchange, code_in, exchange
from sqlalchemy import select

from cases.models import Case, ContactPlan, Event, Identifier, Message, Questioning, Task, User
from cases.services.contact import set_contact_plan
from cases.services.outbox import begin_attempt
from cases.services.replies import reply_to_reporter
from cases.vocabulary import (
    Actor,
    ActorKind,
    ContactPermission,
    ContactSign,
    Delivery,
    Direction,
    EventKind,
    HoldReason,
    Role,
    TaskKind,
    Urgency,
)
from escalation.services import work_case

# In years to come: the queue goes by the database's clock, to which later must stay later.
EVENING = datetime(2029, 11, 27, 18, 0, tzinfo=UTC)


def officer_does(line_up: Exchange, act: Callable[..., object]) -> None:
    """An officer does something to the one case."""
    with line_up.sessions() as session:
        user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
        assert user is not None
        case = session.scalars(select(Case).with_for_update()).one()
        act(
            session, case, by=Actor(ActorKind.USER, user_id=user.id, role=Role.OFFICER), now=datetime.now(UTC)
        )
        session.commit()
    line_up.deliver()


def plan(line_up: Exchange, **changes: object) -> None:
    def change(session, case, *, by, now):  # type: ignore[no-untyped-def]
        row = session.get(ContactPlan, case.reporter_id)
        set_contact_plan(session, case, changes, version=row.version if row else 0, by=by, now=now)

    officer_does(line_up, change)


def test_one_letter_at_a_time_resumed_next_day_and_then_stop(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True) as clock, exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes("halo, mau tanya", channel="whatsapp")
        officer_does(line_up, work_case.greet)
        amina.expects("Mau dibalas kapan?")

        amina.replies("kapan saja", channel="whatsapp")
        line_up.deliver()
        amina.expects("baik-baik saja")
        amina.replies("y", channel="whatsapp")
        line_up.deliver()
        amina.expects("ada yang sakit")

        amina.writes("maaf mbak saya harus masak dulu, nanti lagi", channel="whatsapp")
        line_up.deliver()
        amina.expects_nothing_more()

        clock.shift(timedelta(hours=20))
        amina.replies("t", channel="whatsapp")
        line_up.deliver()
        amina.expects("keluar rumah")
        amina.replies("tidak", channel="whatsapp")
        line_up.deliver()
        amina.expects("Makan")
        amina.replies("👎", channel="whatsapp")
        line_up.deliver()
        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            assert case.urgency is Urgency.U1, "locked in and without food"
            answers = session.scalars(select(Questioning)).one().answers
            assert answers == {"safe": "yes", "hurt": "no", "free": "no", "food": "no"}
        amina.expects("anak kecil")

        amina.writes("STOP", channel="whatsapp")
        line_up.deliver()
        amina.expects_nothing_more()
        alarm = line_up.line(BERTA).hears("HATI-HATI")
        assert "STOP" not in alarm
        assert code_in(alarm)
        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            assert case.is_open
            kinds = set(session.scalars(select(Task.kind)))
            assert {TaskKind.POSSIBLE_DURESS, TaskKind.WRITE_BY_OTHER_MEANS} <= kinds
            assert session.scalars(select(Questioning)).one().end_reason == "stop"

        with pytest.raises(Exception, match="contact plan"):
            officer_does(line_up, lambda s, c, by, now: reply_to_reporter(s, c, "halo kak", by=by, now=now))

        amina.writes("START", channel="whatsapp")
        with line_up.sessions() as session:
            assert session.scalars(select(Identifier.opted_out_at)).all() == [None]


def test_the_duress_word_rings_the_officer_and_nothing_shows(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True), exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes("selamat malam")
        plan(line_up, reply="allowed", duress_word="kue lapis", safe_word="mangga muda")
        amina.writes("gimana kabar mangga muda di rumah?")
        amina.writes("iya besok saya bikin Kue Lapis ya")
        line_up.deliver()

        amina.expects_nothing_more()
        line_up.line(BERTA).hears("HATI-HATI")
        with line_up.sessions() as session:
            case = session.scalars(select(Case)).one()
            assert case.urgency is Urgency.U1
            events = {event.kind: event.data for event in session.scalars(select(Event))}
            assert {EventKind.SAFE_WORD, EventKind.DURESS_WORD} <= set(events)
            assert "lapis" not in str(events)
            last = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
            assert last is not None
            # What points at the word would show it: no evidence covers it.
            shown = [m.triage["evidence"] for m in session.scalars(select(Message)) if m.triage]
            assert "lapis" not in str(shown).casefold()

        amina.writes("kabar")
        line_up.deliver()
        amina.expects_nothing_more()
        with line_up.sessions() as session:
            held = session.scalars(select(Message).where(Message.delivery == Delivery.HELD)).all()
            assert [message.hold_reason for message in held] == [HoldReason.DURESS]


def test_codes_say_what_words_would_betray(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True), exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes("isi pulsa 10")
        with line_up.sessions() as session:
            assert session.scalars(select(Case)).one().urgency is Urgency.U1
        amina.writes("9")
        amina.writes("2")
        amina.writes("3")
        with line_up.sessions() as session:
            kept = session.scalars(select(ContactPlan)).one()
            assert set(kept.signs) == {ContactSign.PHONE_NOT_PRIVATE, ContactSign.DO_NOT_CALL}
            assert kept.call is ContactPermission.FORBIDDEN
            assert TaskKind.CALL_AT_SAFE_HOUR in set(session.scalars(select(Task.kind)))
        amina.writes("cek pesanan")
        line_up.deliver()
        # Nobody established that her phone may be written to: a human decides, and may send it all the same.
        amina.expects_nothing_more()
        with line_up.sessions() as session:
            held = session.scalars(select(Message).where(Message.delivery == Delivery.HELD)).one()
            assert held.hold_reason is HoldReason.NOTHING_KNOWN
        plan(line_up, reply="allowed")
        amina.writes("kabar")
        line_up.deliver()
        answer = amina.expects("Pesanannya")
        assert "TRC" not in answer


def test_stop_between_writing_and_sending_holds_the_reply(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True), exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes(LOCKED_IN)
        with line_up.sessions() as session:
            user = session.scalars(select(User).where(User.role == Role.OFFICER)).first()
            case = session.scalars(select(Case)).one()
            by = Actor(ActorKind.USER, user_id=user.id if user else None, role=Role.OFFICER)
            work_case.reply(session, case, "halo kak", by=by, now=datetime.now(UTC))
            session.commit()
        amina.writes("berhenti")
        line_up.deliver()

        amina.expects_nothing_more()
        with line_up.sessions() as session:
            to_her = select(Message).where(
                Message.direction == Direction.OUT, Message.identifier_id.is_not(None)
            )
            message = session.scalars(to_her).one()
            assert (message.delivery, message.hold_reason) == (Delivery.HELD, HoldReason.OPTED_OUT)
            assert session.scalars(select(Task).where(Task.message_id == message.id)).one().done_at is None


def test_a_reply_waits_for_her_hours(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True), exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes("halo")
        plan(line_up, reply="allowed", hours="23-24", zone="Asia/Riyadh")
        officer_does(line_up, lambda s, c, by, now: work_case.reply(s, c, "apa kabar?", by=by, now=now))
        # The queue's own clock is the database's: the moments are asked of the gate itself.
        with line_up.sessions() as session:
            message = session.scalars(select(Message).where(Message.direction == Direction.OUT)).all()[-1]
            assert message.next_attempt_at == EVENING + timedelta(hours=2)
            assert begin_attempt(session, message.id, now=EVENING + timedelta(minutes=5)) is None
            attempt = begin_attempt(session, message.id, now=EVENING + timedelta(hours=2, minutes=1))
            assert attempt is not None
            assert attempt.body == "apa kabar?"


def test_an_answering_machine_does_not_make_us_talk_for_ever(fresh_database: str) -> None:
    with time_machine.travel(EVENING, tick=True), exchange(fresh_database) as line_up:
        amina = line_up.line(AMINA)
        amina.writes("halo")
        plan(line_up, reply="allowed")
        # By both channels in turn: more from one address in so short a time would be a flood.
        for number in range(25):
            amina.writes("kabar", channel=("sms", "whatsapp")[number % 2])
        line_up.deliver()
        with line_up.sessions() as session:
            to_her = select(Message).where(
                Message.direction == Direction.OUT, Message.identifier_id.is_not(None)
            )
            states = [message.hold_reason for message in session.scalars(to_her)]
            assert states.count(None) == 20
            assert states.count(HoldReason.TOO_MANY_ANSWERS) == 5
