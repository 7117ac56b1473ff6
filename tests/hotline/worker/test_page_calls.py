"""When no message reaches a phone on duty it rings: 1 takes the page, silence goes on to the supervisors."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import requests
from cast import ACCOUNT_SID, AUTH_TOKEN, DANA, DIRECTOR
from paging import due_now, open_case, page_all, pages_to
from phones import Exchange, exchange
from sqlalchemy import select, update

from cases.models import DutyContact, Message, Task
from cases.vocabulary import Channel, Delivery, TaskKind, Urgency
from escalation.models import Page
from hotline.channels.twilio.calling import PRESSED
from hotline.channels.twilio.sender import TwilioChannel
from hotline.channels.twilio.signing import signature_for
from hotline.worker.deliver import Deliverer

_NO_MESSAGE = {"status": "failed", "code": 30005}


def no_message_reaches(line_up: Exchange, number: str, *, taken: str) -> None:
    """Neither SMS nor WhatsApp arrives on this phone; a call is taken in this way."""
    line_up.faults(outcomes={number: _NO_MESSAGE, f"whatsapp:{number}": _NO_MESSAGE}, calls={number: taken})


def settle(line_up: Exchange) -> None:
    for _ in range(5):
        due_now(line_up)
        line_up.deliver()
        time.sleep(0.3)


def page_of(line_up: Exchange, message: Message) -> Page:
    with line_up.sessions() as session:
        return session.scalars(select(Page).where(Page.message_id == message.id)).one()


def test_one_takes_the_page_and_the_ladder_falls_silent(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        no_message_reaches(line_up, DANA, taken="press:1")
        page_all(line_up, DANA, [Urgency.U1])
        settle(line_up)

        first, second, third = pages_to(line_up, DANA)
        assert [first.channel, second.channel, third.channel] == [
            Channel.SMS,
            Channel.WHATSAPP,
            Channel.CALL,
        ]
        assert third.delivery is Delivery.READ
        assert page_of(line_up, first).acknowledged_at is not None
        said = line_up.line(DANA).received()[-1]
        assert "Tekan 1" in said
        assert "Terima kasih" in said
        with line_up.sessions() as session:
            assert session.scalars(select(Task)).all() == []


def test_a_spoken_page_names_no_case_no_code_and_no_address(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        no_message_reaches(line_up, DANA, taken="answer")
        page_all(line_up, DANA, [Urgency.U1])
        settle(line_up)

        said = line_up.line(DANA).received()[-1]
        assert "TRC" not in said
        assert not re.search(r"\d{3}|http", said)


def test_a_call_that_ends_without_a_key_rings_the_supervisors(fresh_database: str) -> None:
    for taken in ("answer", "press:9", "busy", "no-answer", "failed"):
        with exchange(fresh_database) as line_up:
            if not pages_to(line_up, DIRECTOR):
                open_case(line_up)
            no_message_reaches(line_up, DIRECTOR, taken=taken)
            known = {page.id for page in pages_to(line_up, DIRECTOR)}
            page_all(line_up, DIRECTOR, [Urgency.U1])
            settle(line_up)

            fresh = [page for page in pages_to(line_up, DIRECTOR) if page.id not in known]
            call = next(page for page in fresh if page.channel is Channel.CALL)
            assert call.delivery in {Delivery.UNDELIVERED, Delivery.FAILED}, taken
            assert page_of(line_up, fresh[0]).acknowledged_at is None
            with line_up.sessions() as session:
                tasks = session.scalars(select(Task).where(Task.message_id == call.id)).all()
                assert [task.kind for task in tasks] == [TaskKind.MESSAGE_FAILED]
            assert any(page.created_at > call.created_at for page in pages_to(line_up, DANA))


def test_a_call_whose_making_ended_unknown_is_looked_up_before_it_is_made_again(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        with line_up.sessions() as session:
            session.execute(update(DutyContact).values(channel=Channel.CALL))
            session.commit()
        page_all(line_up, DANA, [Urgency.U1])
        line_up.faults(reset_after_accept={"next": 1})
        line_up.deliver()
        message = pages_to(line_up, DANA)[0]
        with line_up.sessions() as session:
            minute_ago = datetime.now(UTC) - timedelta(minutes=1)
            session.execute(
                update(Message)
                .where(Message.id == message.id)
                .values(attempted_at=minute_ago, delivery=Delivery.SENDING, provider_sid=None)
            )
            session.commit()
        Deliverer(line_up.settings, line_up.sessions, TwilioChannel(line_up.settings)).deliver(message.id)
        calls = [entry for entry in line_up.ledger("rest") if entry["path"].endswith("/Calls.json")]
        made = [entry for entry in calls if entry["method"] == "POST"]

        assert len(made) == 1
        assert pages_to(line_up, DANA)[0].provider_sid


def test_a_key_that_nobody_signed_changes_nothing(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U1])
        (message,) = pages_to(line_up, DANA)
        url = f"{line_up.settings.public_url}{PRESSED}?message={message.id}"
        form = {"CallSid": "CA" + uuid4().hex, "AccountSid": ACCOUNT_SID, "Digits": "1"}

        forged = requests.post(url, data=form, headers={"X-Twilio-Signature": "x"}, timeout=5)
        assert forged.status_code == 403
        assert page_of(line_up, message).acknowledged_at is None

        headers = {"X-Twilio-Signature": signature_for(AUTH_TOKEN, url, form)}
        for _ in range(2):
            taken = requests.post(url, data=form, headers=headers, timeout=5)
            assert "Terima kasih" in taken.text
        assert page_of(line_up, message).acknowledged_at is not None


def test_a_key_for_a_message_we_do_not_know_is_answered_in_words(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        url = f"{line_up.settings.public_url}{PRESSED}?message={uuid4()}"
        form = {"CallSid": "CA" + uuid4().hex, "AccountSid": ACCOUNT_SID, "Digits": "1"}
        headers = {"X-Twilio-Signature": signature_for(AUTH_TOKEN, url, form)}

        answer = requests.post(url, data=form, headers=headers, timeout=5)

        assert answer.status_code == 200
        assert "Belum tercatat" in answer.text
