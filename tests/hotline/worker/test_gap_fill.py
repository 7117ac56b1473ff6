"""What no webhook brought is found on Twilio's list; the phones are the list, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cast import AMINA, LOCKED_IN, SMS_NUMBER
from phones import Exchange, exchange
from sqlalchemy import select

from cases.models import Attachment, Case, Message
from cases.vocabulary import MessageKind
from hotline.channels.twilio.history import History
from hotline.channels.twilio.watermark import CALLS, MESSAGES, Watermark
from hotline.spool import Spool, Spooled
from hotline.unit_of_work import transaction
from hotline.worker.gap_fill import GapFill


@pytest.fixture
def line(fresh_database: str) -> Iterator[Exchange]:
    with exchange(fresh_database) as made:
        yield made


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def gap_fill(line: Exchange, spool: Spool) -> GapFill:
    with transaction(line.sessions) as session:
        session.add(Watermark(name=MESSAGES, seen_until=datetime.now(UTC), taken_in=0))
    return GapFill(History(line.settings), spool, line.sessions, grace=timedelta(0))


def unheard(line: Exchange, text: str, *, sender: str = AMINA, **more: object) -> str:
    """A message whose webhook never arrives: its signature is wrong on the way, so we refuse it."""
    answer = requests.post(
        f"{line.phones_url}/_control/inbound",
        json={"from": sender, "text": text, "signature": "wrong", **more},
        timeout=15,
    ).json()
    assert answer["status"] == 403, answer
    return str(answer["message_sid"])


def stored(line: Exchange) -> list[Message]:
    with transaction(line.sessions) as session:
        query = select(Message).where(Message.direction == "in").order_by(Message.created_at, Message.id)
        return list(session.scalars(query))


def test_it_takes_in_what_is_missing_in_order(line: Exchange, gap_fill: GapFill) -> None:
    line.line(AMINA).writes("halo")
    sids = [unheard(line, LOCKED_IN), unheard(line, "cepat")]

    assert gap_fill.fill() == 2

    # The list is to the second, so what came by webhook in the same second may stand before or after it.
    found = [message for message in stored(line) if message.content]
    assert [message.provider_sid for message in found] == sids
    assert {message.content["came"]["by"] for message in found if message.content} == {"gap_fill"}
    with transaction(line.sessions) as session:
        case = session.scalars(select(Case)).one()
        assert case.urgency.value == "U1"
        assert session.get_one(Watermark, MESSAGES).taken_in == 2


def test_a_second_look_changes_nothing(line: Exchange, gap_fill: GapFill) -> None:
    unheard(line, "halo")

    assert (gap_fill.fill(), gap_fill.fill()) == (1, 0)
    assert len(stored(line)) == 1


def test_attachments_come_with_it(line: Exchange, gap_fill: GapFill) -> None:
    unheard(line, "", channel="whatsapp", kind="media", media=["image/png", "text/vcard"])

    assert gap_fill.fill() == 1

    message = stored(line)[0]
    assert message.content is not None
    assert message.content["media"] == {"count": 2, "types": ["image/png", "text/vcard"]}
    assert message.content["contact_card"]
    with transaction(line.sessions) as session:
        kept = session.scalars(select(Attachment).order_by(Attachment.position)).all()
        assert [one.declared_type for one in kept] == ["image/png", "text/vcard"]
        assert all("/Media/ME" in one.source_url for one in kept)


def test_more_than_a_page_is_read(line: Exchange, gap_fill: GapFill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.channels.twilio.history._PAGE", 3)
    for number in range(10):
        unheard(line, f"pesan {number}", sender=f"+9660000003{number:02d}")

    assert gap_fill.fill() == 10


def test_young_messages_are_left_to_their_webhooks(line: Exchange, spool: Spool, gap_fill: GapFill) -> None:
    unheard(line, "halo")
    patient = GapFill(History(line.settings), spool, line.sessions, grace=timedelta(minutes=1))

    assert patient.fill() == 0
    assert gap_fill.fill() == 1


def test_the_spool_goes_first(line: Exchange, spool: Spool, gap_fill: GapFill) -> None:
    unheard(line, "halo")
    name = spool.put(Spooled("/twilio/messages", b"", datetime.now(UTC)))

    assert gap_fill.fill() == 0
    spool.remove(name)
    assert gap_fill.fill() == 1


def test_the_mark_stays_when_twilio_does_not_answer(line: Exchange, gap_fill: GapFill) -> None:
    with transaction(line.sessions) as session:
        before = session.get_one(Watermark, MESSAGES).seen_until
    unheard(line, "halo")
    requests.post(f"{line.phones_url}/_control/faults", json={"unavailable_before": {"next": 1}}, timeout=5)

    assert gap_fill.fill() == 0

    with transaction(line.sessions) as session:
        assert session.get_one(Watermark, MESSAGES).seen_until == before
    assert gap_fill.fill() == 1


def test_our_own_messages_are_not_taken_in(line: Exchange, gap_fill: GapFill) -> None:
    History(line.settings)._credentials.ask(
        lambda client: client.messages.create(to=AMINA, from_=SMS_NUMBER, body="dari kami")
    )

    assert gap_fill.fill() == 0


def test_the_first_look_begins_at_what_we_hold(line: Exchange, spool: Spool) -> None:
    line.line(AMINA).writes("halo")
    sid = unheard(line, "sesudahnya")

    assert GapFill(History(line.settings), spool, line.sessions, grace=timedelta(0)).fill() == 1
    assert sid in {message.provider_sid for message in stored(line)}


def test_calls_are_found_too(line: Exchange, gap_fill: GapFill) -> None:
    """A call whose webhook we refuse is on the list all the same."""
    done = requests.post(
        f"{line.phones_url}/_control/call", json={"from": AMINA, "signature": "wrong"}, timeout=15
    )
    if done.status_code == 404:
        pytest.skip("these phones cannot call")
    with transaction(line.sessions) as session:
        session.add(Watermark(name=CALLS, seen_until=datetime.now(UTC), taken_in=0))

    assert gap_fill.fill() == 1

    message = stored(line)[0]
    assert (message.kind, message.content and message.content["came"]["by"]) == (MessageKind.CALL, "gap_fill")
