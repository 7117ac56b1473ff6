"""A provider that fails shuts its way for all workers; what waits goes when it works again, and nothing is lost."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import requests
from cast import BERTA, DANA
from flask import render_template
from paging import due_now, open_case, page_all, pages_to
from phones import Exchange, exchange
from sqlalchemy import update

from cases.models import Message, Way
from cases.services import ways
from cases.vocabulary import Channel, Delivery, HoldReason, Urgency
from escalation.queries.board import board
from escalation.services.load_sending import load_sending
from hotline.app import create_app

CIRCUIT = load_sending().circuit
assert CIRCUIT is not None


def way(line_up: Exchange, channel: Channel = Channel.SMS) -> Way | None:
    with line_up.sessions() as session:
        return session.get(Way, ("twilio", channel))


def break_down(line_up: Exchange) -> None:
    """The provider refuses everything for now."""
    line_up.faults(unavailable_before=True)


def make_unknown_old(line_up: Exchange) -> None:
    """Let the time pass after which an attempt of unknown end is looked up."""
    with line_up.sessions() as session:
        minute_ago = datetime.now(UTC) - timedelta(minutes=1)
        session.execute(
            update(Message).where(Message.delivery == Delivery.SENDING).values(attempted_at=minute_ago)
        )
        session.commit()


def shut(line_up: Exchange, channel: Channel, *, probe_in: float = 60) -> None:
    now = datetime.now(UTC)
    with line_up.sessions() as session:
        for _ in range(CIRCUIT.failures):
            ways.note_failure(
                session, "twilio", channel, error="HTTP 503", began_at=now, circuit=CIRCUIT, now=now
            )
        row = session.get_one(Way, ("twilio", channel))
        row.probe_at = now + timedelta(seconds=probe_in)
        session.commit()


def test_failures_in_a_row_shut_the_way_and_an_answer_opens_it(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        break_down(line_up)
        page_all(line_up, DANA, [Urgency.U1])
        for _ in range(CIRCUIT.failures):
            make_unknown_old(line_up)
            due_now(line_up)
            line_up.deliver()
        found = way(line_up)
        assert found is not None and found.opened_at is not None
        assert found.last_error == "HTTP 503"
        asked = len(line_up.ledger("rest"))
        make_unknown_old(line_up)
        due_now(line_up)
        line_up.deliver()
        assert len(line_up.ledger("rest")) == asked, "a way that is shut is not asked"

        line_up.faults(unavailable_before=False)
        with line_up.sessions() as session:
            session.execute(update(Way).values(probe_at=datetime.now(UTC)))
            session.commit()
        due_now(line_up)
        line_up.deliver()

        assert line_up.line(DANA).hears("kasus baru")
        found = way(line_up)
        assert found is not None and (found.opened_at, found.failures) == (None, 0)


def test_only_one_message_tries_a_broken_way(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        shut(line_up, Channel.SMS, probe_in=-1)
        now = datetime.now(UTC)
        with line_up.sessions() as first, line_up.sessions() as second:
            goes = ways.shut_until(first, "twilio", Channel.SMS, circuit=CIRCUIT, now=now)
            first.commit()
            waits = ways.shut_until(second, "twilio", Channel.SMS, circuit=CIRCUIT, now=now)

        assert goes is None
        assert waits == now + CIRCUIT.probe


def test_a_probe_that_fails_keeps_the_way_shut_for_longer(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        shut(line_up, Channel.SMS)
        with line_up.sessions() as session:
            for times in (2, 3):
                now = datetime.now(UTC)
                ways.note_failure(
                    session, "twilio", Channel.SMS, error="x", began_at=now, circuit=CIRCUIT, now=now
                )
                row = session.get_one(Way, ("twilio", Channel.SMS))
                assert row.times_opened == times
                assert row.probe_at == now + CIRCUIT.first_wait * 2 ** (times - 1)
            before = row.probe_at
            old = datetime.now(UTC) - timedelta(hours=1)
            ways.note_failure(
                session, "twilio", Channel.SMS, error="x", began_at=old, circuit=CIRCUIT, now=now
            )
            assert row.probe_at == before, "what had begun before tells nothing new"
            session.rollback()


def test_a_page_takes_the_other_channel_when_its_own_stays_broken(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        line_up.line(DANA).sends(text="ada", channel="whatsapp")
        shut(line_up, Channel.SMS)
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()
        assert line_up.line(DANA).received() == []
        with line_up.sessions() as session:
            long_ago = datetime.now(UTC) - CIRCUIT.urgent_waits
            (page,) = pages_to(line_up, DANA)
            session.execute(update(Message).where(Message.id == page.id).values(created_at=long_ago))
            session.commit()
        due_now(line_up)
        line_up.deliver()

        first, second = pages_to(line_up, DANA)
        assert (first.delivery, first.hold_reason, first.attempts) == (
            Delivery.FAILED,
            HoldReason.WAY_BROKEN,
            0,
        )
        assert (second.channel, second.replaces_id) == (Channel.WHATSAPP, first.id)
        assert line_up.line(DANA).hears("kasus baru")


def test_when_every_way_is_broken_a_page_waits_and_then_goes(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        shut(line_up, Channel.SMS)
        shut(line_up, Channel.WHATSAPP)
        page_all(line_up, DANA, [Urgency.U1])
        with line_up.sessions() as session:
            session.execute(
                update(Message)
                .where(Message.id.in_([page.id for page in pages_to(line_up, DANA)]))
                .values(created_at=datetime.now(UTC) - timedelta(minutes=5))
            )
            session.commit()
        line_up.deliver()
        (page,) = pages_to(line_up, DANA)
        assert (page.delivery, page.attempts) == (Delivery.WAITING, 0)

        with line_up.sessions() as session:
            session.execute(update(Way).values(probe_at=datetime.now(UTC)))
            session.commit()
        due_now(line_up)
        line_up.deliver()
        assert line_up.line(DANA).hears("kasus baru")


def test_what_waits_for_a_way_goes_at_once_when_it_opens(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        shut(line_up, Channel.SMS, probe_in=0.5)
        for number in (DANA, BERTA):
            page_all(line_up, number, [Urgency.U1])
        line_up.deliver()
        time.sleep(1.2)
        line_up.deliver()

        for number in (DANA, BERTA):
            assert line_up.line(number).hears("TRC-U1")


def test_a_message_the_provider_refuses_is_no_failure_of_the_provider(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        line_up.faults(rate_limit=True)
        page_all(line_up, DANA, [Urgency.U1])
        for _ in range(CIRCUIT.failures + 1):
            due_now(line_up)
            line_up.deliver()

        found = way(line_up)
        assert found is None or found.opened_at is None


def test_the_broken_way_is_shown_to_supervisors_and_in_the_figures(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        shut(line_up, Channel.SMS)
        base = line_up.settings.public_url
        line_up.work()

        ready = requests.get(f"{base}/readyz", timeout=5)
        figures = requests.get(f"{base}/metrics", timeout=5).text

        assert ready.status_code == 200, ready.text
        assert ready.json()["degraded"][0].startswith("twilio sms: shut for")
        assert 'hotline_way_open{channel="sms",provider="twilio"} 0.0' in figures


def test_the_board_names_the_broken_way(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        shut(line_up, Channel.WHATSAPP)
        app = create_app(line_up.settings)
        with line_up.sessions() as session, app.test_request_context():
            seen = render_template(
                "console/_board.html",
                board=board(session, now=datetime.now(UTC)),
                now=datetime.now(UTC),
                ledger=SimpleNamespace(dead=0, differences=0, compared=None),
            )
        assert "Jalan keluar terganggu" in seen
        assert "WHATSAPP (twilio)" in seen
