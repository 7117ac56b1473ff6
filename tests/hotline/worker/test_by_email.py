"""E-mail is a way of the same pipeline: the last one of somebody with a phone, the only one of somebody without."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import requests
import time_machine
from cast import AMINA, BERTA, DANA, LOCKED_IN
from phones import Exchange, exchange, link_in
from smtp_server import Mailbox, smtp_server
from sqlalchemy import select

from cases.database import keyring
from cases.models import Agency, Case, DutyContact, Message, Referral, Task
from cases.vocabulary import Channel, Delivery, MessageKind, ReferralStatus, TaskKind
from escalation.models import Page
from hotline.worker.deliver import Deliverer
from hotline.worker.run import doors_of

OFFICE = "piket@mitra.example"


def mail_settings(server: Mailbox) -> dict[str, str]:
    return {"SMTP_URL": f"smtp://127.0.0.1:{server.port}", "MAIL_FROM": "trc@hotline.example"}


def give_mail(line_up: Exchange, phone: str, email: str) -> None:
    """The contact with this phone gets an e-mail address too."""
    with line_up.sessions() as session:
        wanted = keyring.fingerprint("address", phone)
        session.scalars(select(DutyContact).where(DutyContact.address_hash == wanted)).one().email = email
        session.commit()


def take_phone(line_up: Exchange, key: str, email: str) -> None:
    """The contact of this agency has an e-mail address and no phone."""
    with line_up.sessions() as session:
        contact = session.scalars(select(DutyContact).join(Agency).where(Agency.key == key)).one()
        contact.channel, contact.address = Channel.EMAIL, email
        contact.address_hash = keyring.fingerprint("address", email)
        session.commit()


def phone_is_dead(line_up: Exchange, number: str) -> None:
    outcomes = {
        number: {"status": "failed", "code": 30005},
        f"whatsapp:{number}": {"status": "failed", "code": 63003},
    }
    answer = requests.post(f"{line_up.phones_url}/_control/faults", json={"outcomes": outcomes}, timeout=5)
    assert answer.ok, answer.text


def settle(line_up: Exchange) -> None:
    for _ in range(4):
        line_up.deliver()
        time.sleep(0.3)


def out(line_up: Exchange, kind: MessageKind) -> list[Message]:
    with line_up.sessions() as session:
        return list(session.scalars(select(Message).where(Message.kind == kind).order_by(Message.created_at)))


def tasks(line_up: Exchange) -> list[TaskKind]:
    with line_up.sessions() as session:
        return list(session.scalars(select(Task.kind)))


def test_a_page_that_no_phone_takes_goes_by_email_and_rings_the_supervisor(fresh_database: str) -> None:
    with smtp_server() as server, exchange(fresh_database, **mail_settings(server)) as line_up:
        give_mail(line_up, BERTA, "berta@hotline.example")
        phone_is_dead(line_up, BERTA)
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)

        ways = [(m.channel, m.delivery) for m in out(line_up, MessageKind.PAGE)]
        assert (Channel.EMAIL, Delivery.SENT) in ways
        assert [way for way, _ in ways].count(Channel.EMAIL) == 1
        line_up.line(DANA).hears("kasus baru")
        assert tasks(line_up) == []
        (mail,) = server.mails
        assert server.recipients == ["berta@hotline.example"]
        words = f"{mail['Subject']} {mail.get_content()}"
        assert "disekap" not in words and AMINA not in words

        link = link_in(mail.get_content())
        assert requests.get(link, timeout=5).ok
        with line_up.sessions() as session:
            assert session.scalars(select(Page.id).where(Page.acknowledged_at.is_not(None))).all() == []
        assert requests.post(link, timeout=5).ok
        with line_up.sessions() as session:
            assert len(session.scalars(select(Page.id).where(Page.acknowledged_at.is_not(None))).all()) == 1


def test_a_referral_to_an_office_without_a_phone_goes_by_email(fresh_database: str) -> None:
    with smtp_server() as server, exchange(fresh_database, **mail_settings(server)) as line_up:
        take_phone(line_up, "kbri-riyadh", OFFICE)
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)

        (mail,) = server.mails
        assert (mail["To"], mail["Subject"][:8]) == (OFFICE, "TRC U1 T")
        assert "disekap" not in mail.get_content()
        (message,) = [m for m in out(line_up, MessageKind.REFERRAL) if m.channel is Channel.EMAIL]
        assert mail["Message-ID"] == message.provider_sid == f"<{message.id}@hotline.example>"
        assert requests.post(f"{link_in(mail.get_content())}/accept", timeout=5).ok
        with line_up.sessions() as session:
            accepted = select(Referral).where(Referral.status == ReferralStatus.ACCEPTED)
            assert len(session.scalars(accepted).all()) == 1


def test_a_refused_address_leaves_a_task(fresh_database: str) -> None:
    with smtp_server() as server, exchange(fresh_database, **mail_settings(server)) as line_up:
        take_phone(line_up, "kbri-riyadh", OFFICE)
        server.rcpt.append("550 5.1.1 no such user")
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)

        (message,) = out(line_up, MessageKind.REFERRAL)
        assert (message.delivery, message.error_code) == (Delivery.FAILED, 550)
        assert tasks(line_up) == [TaskKind.MESSAGE_FAILED]
        assert server.raw == []


def test_a_page_to_somebody_without_a_phone_rings_the_supervisor_when_it_is_refused(
    fresh_database: str,
) -> None:
    with smtp_server() as server, exchange(fresh_database, **mail_settings(server)) as line_up:
        take_phone_of_officer(line_up)
        server.rcpt.append("550 5.1.1 no such user")
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)

        line_up.line(DANA).hears("kasus baru")
        assert tasks(line_up) == [TaskKind.MESSAGE_FAILED]


def test_a_greylisted_mail_is_tried_again(fresh_database: str) -> None:
    with (
        time_machine.travel("2029-11-24T02:00:00+00:00", tick=True) as clock,
        smtp_server() as server,
        exchange(fresh_database, **mail_settings(server)) as line_up,
    ):
        take_phone(line_up, "kbri-riyadh", OFFICE)
        server.rcpt.append("451 greylisted")
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)
        (message,) = out(line_up, MessageKind.REFERRAL)
        assert (message.delivery, message.error_code) == (Delivery.WAITING, 451)
        assert message.next_attempt_at is not None
        assert message.next_attempt_at - datetime.now(UTC) > timedelta(seconds=50)

        clock.shift(timedelta(minutes=2))
        deliver_now(line_up, message)
        assert [m.delivery for m in out(line_up, MessageKind.REFERRAL)] == [Delivery.SENT]
        assert len(server.raw) == 1


def test_an_unknown_outcome_is_sent_again_under_the_same_id(fresh_database: str) -> None:
    with (
        time_machine.travel("2029-11-24T02:00:00+00:00", tick=True) as clock,
        smtp_server() as server,
        exchange(fresh_database, **mail_settings(server)) as line_up,
    ):
        take_phone(line_up, "kbri-riyadh", OFFICE)
        server.drop_after_data = 1
        line_up.line(AMINA).writes(LOCKED_IN)
        settle(line_up)
        (message,) = out(line_up, MessageKind.REFERRAL)
        assert message.delivery is Delivery.SENDING

        clock.shift(timedelta(seconds=20))
        deliver_now(line_up, message)
        assert [m.delivery for m in out(line_up, MessageKind.REFERRAL)] == [Delivery.SENT]
        assert len(server.mails) == 2
        assert len({mail["Message-ID"] for mail in server.mails}) == 1


def take_phone_of_officer(line_up: Exchange) -> None:
    with line_up.sessions() as session:
        wanted = keyring.fingerprint("address", BERTA)
        contact = session.scalars(select(DutyContact).where(DutyContact.address_hash == wanted)).one()
        contact.channel, contact.address = Channel.EMAIL, "berta@hotline.example"
        session.commit()


def deliver_now(line_up: Exchange, message: Message) -> None:
    """As the job would at its hour: PostgreSQL's clock does not travel."""
    deliverer = Deliverer(line_up.settings, line_up.sessions, doors_of(line_up.settings))
    deliverer.deliver(message.id)


def test_each_page_has_a_mail_of_its_own(fresh_database: str) -> None:
    """A mail's wording is of one page: pages that travelled in it would be read by nobody."""
    with smtp_server() as server, exchange(fresh_database, **mail_settings(server)) as line_up:
        take_phone_of_officer(line_up)
        line_up.line(AMINA).writes(LOCKED_IN)
        line_up.line("+966000000102").writes(LOCKED_IN)
        settle(line_up)

        with line_up.sessions() as session:
            references = set(session.scalars(select(Case.reference)))
        told = " ".join(f"{mail['Subject']} {mail.get_content()}" for mail in server.mails)
        assert len(references) == 2
        assert all(reference in told for reference in references)
