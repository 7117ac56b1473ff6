"""What the provider sent and what we hold are brought together; what cannot be is put before a human, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cast import AMINA, BERTA, LOCKED_IN, SMS_NUMBER
from click.testing import CliRunner
from phones import Exchange, exchange
from sqlalchemy import func, select, update

from cases.models import Difference, Message, Receipt, Reconciliation, SendAttempt, Task
from cases.services.reconcile import settle_difference
from cases.vocabulary import MACHINE, AttemptOutcome, Delivery, DifferenceKind, Direction
from hotline.channels.twilio.history import History
from hotline.cli import hotline
from hotline.unit_of_work import transaction
from hotline.worker.reconcile import ReceiptAsker, Reconciler, Tally

Compare = Callable[[], Tally]


@pytest.fixture
def line(fresh_database: str) -> Iterator[Exchange]:
    with exchange(fresh_database) as made:
        yield made


@pytest.fixture
def compare(line: Exchange) -> Compare:
    """One comparison of the last hour up to this moment."""
    reconciler = Reconciler(History(line.settings), line.sessions, every=timedelta(days=1))

    def run() -> Tally:
        now = datetime.now(UTC)
        tally = reconciler.run(now - timedelta(hours=1), now + timedelta(seconds=1))
        assert tally is not None
        return tally

    return run


def outgoing(line: Exchange) -> list[Message]:
    with line.sessions() as session:
        return list(session.scalars(select(Message).where(Message.direction == Direction.OUT)))


def differences(line: Exchange, *, still_open: bool = False) -> list[DifferenceKind]:
    with line.sessions() as session:
        query = select(Difference.kind).order_by(Difference.id)
        if still_open:
            query = query.where(Difference.settled_at.is_(None))
        return list(session.scalars(query))


def accepted(line: Exchange) -> int:
    return sum(one.get("method") == "POST" and one.get("status") == 201 for one in line.ledger("rest"))


def test_statuses_whose_receipts_were_lost_are_taken_in(line: Exchange, compare: Compare) -> None:
    line.faults(callback_drop={"every": 1})
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    line.line(BERTA).hears("kasus baru")
    sent = len(outgoing(line))
    assert all(message.delivery is not Delivery.DELIVERED for message in outgoing(line))

    tally = compare()

    assert (tally.listed, tally.ours, tally.taken_in, tally.left_open, tally.problem) == (
        sent,
        sent,
        sent,
        0,
        None,
    )
    assert all(message.delivery is Delivery.DELIVERED for message in outgoing(line))
    assert set(differences(line)) == {DifferenceKind.STATUS_BEHIND}
    assert differences(line, still_open=True) == []
    assert compare().taken_in == 0


def test_a_failure_nobody_told_us_of_takes_its_next_way(line: Exchange, compare: Compare) -> None:
    line.faults(callback_drop={"every": 1}, outcomes={BERTA: "undelivered"})
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    before = len(outgoing(line))

    compare()

    messages = outgoing(line)
    failed = [message for message in messages if message.delivery is Delivery.UNDELIVERED]
    assert failed
    assert len(messages) > before
    assert {message.replaces_id for message in messages} >= {message.id for message in failed}


def test_what_was_sent_unnoted_is_found_and_not_sent_again(line: Exchange, compare: Compare) -> None:
    """The provider took it and no word came back: killed, or cut off, and the callbacks lost as well."""
    line.faults(callback_drop={"every": 1}, unavailable_after={"next": 1})
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    unnoted = [message for message in outgoing(line) if message.delivery is Delivery.SENDING]
    assert len(unnoted) == 1

    compare()

    assert DifferenceKind.SENT_UNNOTED in differences(line)
    with line.sessions() as session:
        message = session.get_one(Message, unnoted[0].id)
        assert message.delivery is Delivery.DELIVERED
        assert (message.provider_sid is not None, message.next_attempt_at) == (True, None)
        attempt = session.scalars(select(SendAttempt).where(SendAttempt.message_id == message.id)).one()
        assert attempt.outcome is AttemptOutcome.FOUND
    line.deliver()
    assert accepted(line) + 1 == len(outgoing(line)), "the one that was answered with 503 counts once"


def test_what_is_in_no_row_of_ours_is_left_open_once(line: Exchange, compare: Compare) -> None:
    History(line.settings)._credentials.ask(
        lambda client: client.messages.create(to=BERTA, from_=SMS_NUMBER, body="dari orang lain")
    )

    assert (compare().left_open, compare().left_open) == (1, 1)
    assert differences(line, still_open=True) == [DifferenceKind.NOT_OURS]

    with transaction(line.sessions) as session:
        found = session.scalars(select(Difference)).one()
        settle_difference(session, found.id, reason="uji coba admin", by=MACHINE, now=datetime.now(UTC))
    compare()
    assert differences(line, still_open=True) == []


def test_what_the_provider_does_not_know_is_put_before_a_human_once(line: Exchange, compare: Compare) -> None:
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    lost = outgoing(line)[0]
    with transaction(line.sessions) as session:
        session.execute(update(Message).where(Message.id == lost.id).values(provider_sid="SM" + "0" * 32))

    compare()
    compare()

    assert differences(line, still_open=True).count(DifferenceKind.NOT_KNOWN_THERE) == 1
    with line.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Task).where(Task.message_id == lost.id)) == 1


def test_another_providers_messages_are_not_asked_for_here(line: Exchange, compare: Compare) -> None:
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    other = outgoing(line)[0]
    with transaction(line.sessions) as session:
        session.execute(update(Message).where(Message.id == other.id).values(provider_sid="<1@mail.example>"))

    compare()

    assert DifferenceKind.NOT_KNOWN_THERE not in differences(line)


def test_a_list_that_cannot_be_read_proves_nothing(line: Exchange) -> None:
    reconciler = Reconciler(History(line.settings), line.sessions, every=timedelta(days=1))
    line.faults(unavailable_before={"next": 1})

    first = reconciler.run_if_due()
    second = reconciler.run_if_due()

    assert first is not None
    assert second is not None
    assert (first.problem, second.problem) == ("TwilioException", None)
    assert reconciler.run_if_due() is None, "once a day"
    with line.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Reconciliation)) == 2


def test_a_receipt_that_does_not_come_is_asked_for(line: Exchange) -> None:
    line.faults(callback_drop={"every": 1})
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    line.line(BERTA).hears("kasus baru")
    asker = ReceiptAsker(History(line.settings), line.sessions)
    assert asker.ask() == 0, "not before its time"
    with transaction(line.sessions) as session:
        session.execute(update(Message).where(Message.ask_at.is_not(None)).values(ask_at=datetime.now(UTC)))

    assert asker.ask() == len(outgoing(line))

    assert all(message.delivery is Delivery.DELIVERED for message in outgoing(line))
    assert all(message.ask_at is None for message in outgoing(line))
    assert asker.ask() == 0


def test_a_carrier_that_never_tells_is_asked_seldom_and_not_for_ever(line: Exchange) -> None:
    line.faults(default_outcome="stuck")
    line.line(AMINA).writes(LOCKED_IN)
    line.deliver()
    asker = ReceiptAsker(History(line.settings), line.sessions)
    rounds = 0
    while any(message.ask_at for message in outgoing(line)):
        with transaction(line.sessions) as session:
            session.execute(
                update(Message).where(Message.ask_at.is_not(None)).values(ask_at=datetime.now(UTC))
            )
        asker.ask()
        rounds += 1
        assert rounds < 10

    assert rounds == 5
    with line.sessions() as session:
        receipts = session.scalar(select(func.count()).select_from(Receipt)) or 0
    assert receipts <= 3 * len(outgoing(line)), "the same answer is one receipt"


def test_operators_compare_by_hand(line: Exchange) -> None:
    settings = line.settings
    environment = {
        "DATABASE_URL": settings.database_url, "SECRET_KEY": settings.secret_key, "PUBLIC_URL": settings.public_url,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid, "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_SMS_FROM": SMS_NUMBER, "TWILIO_API_URL": settings.twilio_api_url,
        "ENCRYPTION_KEYS": "encryption-key-for-tests-only",
    }  # fmt: skip
    run = CliRunner()

    done = run.invoke(hotline, ["reconcile", "--since", "2026-01-01"], env=environment)
    assert done.exit_code == 0, done.output
    assert "left open                0" in done.output
    line.faults(unavailable_before={"next": 1})
    assert run.invoke(hotline, ["reconcile"], env=environment).exit_code == 2
