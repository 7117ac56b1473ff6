"""The real hotline takes every kind of message the phones can send, and loses none of them."""

from __future__ import annotations

from cast import AMINA
from phones import exchange
from sqlalchemy import func, select

from cases.models import Message
from cases.vocabulary import Direction
from hotline.channels.phones.specimens import SPECIMENS


def test_every_specimen_is_taken_and_stored_once(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        sent = 0
        for name in SPECIMENS:
            line = line_up.line(AMINA)
            given = {"from": "GB.1234567890123456"} if "bsuid" in name else {}
            done = line.sends(specimen=name, **given)
            sent += len(done.get("parts", [done]))
            assert done["alerts"] == [], (name, done["alerts"])
        with line_up.sessions() as session:
            kept = select(func.count()).where(Message.direction == Direction.IN)
            assert session.scalar(kept) == sent
        assert {entry["status"] for entry in line_up.ledger("inbound")} == {200}


def test_a_message_that_comes_twice_is_stored_once(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        line_up.faults(inbound_duplicate={"next": 1})
        line_up.line(AMINA).sends(kind="photo", channel="whatsapp", text="ini rumahnya")
        with line_up.sessions() as session:
            assert session.scalar(select(func.count()).where(Message.direction == Direction.IN)) == 1
        assert len(line_up.ledger("inbound")) == 2
