"""Pages to one phone within seconds travel together; what is urgent waits for nobody."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import requests
import time_machine
from cast import AMINA, BERTA, DANA, ELI, LOCKED_IN
from paging import due_now, open_case, page_all, pages_to
from phones import code_in, exchange, link_in
from sqlalchemy import select, text, update

from cases.jobs import Delivery as Job
from cases.jobs import defer_deliveries
from cases.models import Message
from cases.services import outbox
from cases.vocabulary import Channel, Delivery, MessageKind, PageKind, Urgency
from escalation.models import Page
from escalation.services.load_sending import load_sending


def test_pages_that_wait_for_one_phone_go_in_one_message(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3, Urgency.U2, Urgency.U1, Urgency.U4, Urgency.U2])
        line_up.deliver()

        (message,) = line_up.line(DANA).received()
        assert "5 panggilan" in message
        named = [line.split()[0] for line in message.splitlines() if line.startswith("U")]
        assert named == ["U1", "U2", "U2"]
        assert "dan 2 lagi" in message
        pages = pages_to(line_up, DANA)
        carriers = [page for page in pages if page.carried_by_id is None]
        assert len(carriers) == 1
        assert {page.carried_by_id for page in pages} - {None} == {carriers[0].id}


def test_what_is_carried_shares_the_fate_of_what_carries_it(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3, Urgency.U3])
        line_up.deliver()
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            states = {page.delivery for page in pages_to(line_up, DANA)}
            if states == {Delivery.DELIVERED}:
                break
            time.sleep(0.05)

        assert states == {Delivery.DELIVERED}
        assert len(line_up.line(DANA).received()) == 1


def test_a_bundle_that_fails_takes_its_next_way_page_by_page_and_none_is_lost(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        wanted = {DANA: {"status": "failed", "code": 30005}, f"whatsapp:{DANA}": {"status": "delivered"}}
        requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": wanted}, timeout=5)
        line_up.line(DANA).sends(text="ada", channel="whatsapp")
        page_all(line_up, DANA, [Urgency.U3, Urgency.U1, Urgency.U2])
        for _ in range(4):
            line_up.deliver()
            time.sleep(0.2)

        first, again = [], []
        for page in pages_to(line_up, DANA):
            (again if page.replaces_id else first).append(page)
        assert {page.delivery for page in first} == {Delivery.FAILED}
        assert {page.channel for page in again} == {Channel.WHATSAPP}
        assert {page.replaces_id for page in again} == {page.id for page in first}
        assert "TRC-U1" in line_up.line(DANA).received()[0]
        with line_up.sessions() as session:
            minute_ago = datetime.now(UTC) - timedelta(minutes=1)
            session.execute(
                update(Message)
                .where(Message.id.in_([page.id for page in again]))
                .values(attempted_at=minute_ago)
            )
            session.commit()
        due_now(line_up)
        line_up.deliver()
        received = " ".join(line_up.line(DANA).received())
        assert all(f"TRC-{level}" in received for level in ("U1", "U2", "U3"))


def test_a_second_page_waits_some_seconds_and_takes_along_what_gathers(fresh_database: str) -> None:
    with (
        time_machine.travel("2029-11-27T22:00:00+00:00", tick=True) as clock,
        exchange(fresh_database) as line_up,
    ):
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3])
        line_up.deliver()
        for _ in range(3):
            page_all(line_up, DANA, [Urgency.U3])
            line_up.deliver()
        assert len(line_up.line(DANA).received()) == 1

        clock.shift(timedelta(seconds=16))
        due_now(line_up)
        line_up.deliver()

        assert len(line_up.line(DANA).received()) == 2
        assert "3 panggilan" in line_up.line(DANA).received()[1]


def test_a_u1_page_does_not_wait_and_takes_the_others_along(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3])
        line_up.deliver()
        page_all(line_up, DANA, [Urgency.U3])
        line_up.deliver()
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()

        _, second = line_up.line(DANA).received()
        assert "2 panggilan" in second
        assert second.splitlines()[1].startswith("U1")


def test_a_bundle_that_must_wait_hands_its_pages_over_to_the_one_that_goes(fresh_database: str) -> None:
    """Otherwise those in it would be carried by a message that is never sent."""
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3, Urgency.U2, Urgency.U3])
        line_up.faults(rate_limit={"next": 1})
        line_up.deliver()
        assert line_up.line(DANA).received() == []
        page_all(line_up, DANA, [Urgency.U1])
        line_up.deliver()

        (words,) = line_up.line(DANA).received()
        assert "4 panggilan" in words
        pages = pages_to(line_up, DANA)
        (carrier,) = [page for page in pages if page.carried_by_id is None]
        assert {page.carried_by_id for page in pages if page is not carrier} == {carrier.id}


def test_every_code_of_a_bundle_acknowledges_its_own_page(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U2, Urgency.U1])
        line_up.deliver()
        message = line_up.line(DANA).expects("2 panggilan")
        codes = [code_in(line) for line in message.splitlines() if line.startswith("U")]
        line_up.line(DANA).replies(" ".join(codes))

        with line_up.sessions() as session:
            pages = session.scalars(select(Page).where(Page.code.in_(codes))).all()
            assert len(pages) == 2
            assert all(page.acknowledged_at for page in pages)


def test_the_link_of_a_bundle_shows_every_page_in_it(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U2, Urgency.U1, Urgency.U3, Urgency.U3])
        line_up.deliver()
        link = link_in(line_up.line(DANA).expects("4 panggilan"))

        shown = requests.get(link, timeout=5).text

        assert shown.count("/p/") >= 4
        assert "Dalam pesan yang sama" in shown


def test_a_warning_not_to_write_travels_alone(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U2])
        page_all(line_up, DANA, [Urgency.U1], PageKind.POSSIBLE_DURESS)
        line_up.deliver()

        (warning,) = line_up.line(DANA).received()
        assert "JANGAN menulis" in warning
        waiting = next(page for page in pages_to(line_up, DANA) if page.delivery is Delivery.WAITING)
        assert waiting.carried_by_id is None


def test_a_retry_for_later_keeps_nothing_else_back(fresh_database: str) -> None:
    """The lock of a recipient once made every page wait for a retry that was due in an hour."""
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3])
        with line_up.sessions() as session:
            session.execute(text("DELETE FROM procrastinate_jobs"))
            page = session.scalars(select(Message).where(Message.kind == MessageKind.PAGE)).first()
            assert page is not None
            contact_id = page.contact_id
            assert contact_id is not None
            in_an_hour = datetime.now(UTC) + timedelta(hours=1)
            defer_deliveries(session, [Job(contact_id, (page.id,), not_before=in_an_hour, priority=40)])
            session.commit()
        page_all(line_up, BERTA, [Urgency.U3])
        page_all(line_up, DANA, [Urgency.U3])
        line_up.deliver()

        assert line_up.line(DANA).received()


def test_a_u1_page_overtakes_what_waited_before_it(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.line(ELI).writes("selamat pagi")
        line_up.line(AMINA).writes(LOCKED_IN)
        with line_up.sessions() as session:
            jobs = session.execute(
                text(
                    "SELECT queue_name, priority FROM procrastinate_jobs WHERE task_name = 'deliver' ORDER BY id"
                )
            ).all()

        assert max(priority for _, priority in jobs) == 40
        assert {queue for queue, priority in jobs if priority >= 30} == {"outbox_urgent"}


def test_the_rate_of_our_sender_makes_routine_wait_its_turn_and_never_a_u1(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        open_case(line_up)
        page_all(line_up, DANA, [Urgency.U3])
        page_all(line_up, BERTA, [Urgency.U1])
        sending = load_sending()
        with line_up.sessions() as session:
            now = datetime.now(UTC)
            session.execute(
                text(
                    "INSERT INTO way (provider, channel, failures, times_opened, free_at)"
                    " VALUES ('twilio', 'sms', 0, 0, :at) ON CONFLICT (provider, channel)"
                    " DO UPDATE SET free_at = :at"
                ),
                {"at": now + timedelta(seconds=60)},
            )
            waits = {}
            for number in (DANA, BERTA):
                (message,) = pages_to(line_up, number)
                assert outbox.begin_attempt(session, message.id, now=now, sending=sending)
                waits[number] = outbox.wait_for_turn(session, message.id, units=1, sending=sending, now=now)
            assert waits == {DANA: True, BERTA: False}
            late = session.get_one(Message, pages_to(line_up, DANA)[0].id)
            assert late.turn_at is not None and late.turn_at > now + timedelta(seconds=50)
            assert (late.delivery, late.attempts) == (Delivery.WAITING, 0)
            # Its turn is reserved: when it comes it need not queue again.
            assert outbox.begin_attempt(session, late.id, now=late.turn_at, sending=sending)
            assert not outbox.wait_for_turn(session, late.id, units=1, sending=sending, now=late.turn_at)
            session.rollback()
