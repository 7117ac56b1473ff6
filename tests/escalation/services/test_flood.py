"""A thousand messages of one sender: one case, one set of pages, a mark, and a steady cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cast import AMINA, ELI, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from cases.models import Case, Message, Referral
from cases.rules.flood import is_flooding
from cases.rules.phone_numbers import parse_address
from cases.vocabulary import Direction, Role
from escalation.models import Clock, Page
from escalation.services.book import Book
from escalation.services.take_message import Inbound, take_message


def flood(session: Session, book: Book, now: datetime, count: int, *, text: str = LOCKED_IN) -> list[int]:
    """The statements that each message cost."""
    address = parse_address(AMINA)
    assert address is not None
    spent: list[int] = []
    statements = 0

    def count_it(*_: Any) -> None:
        nonlocal statements
        statements += 1

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count_it)
    for number in range(count):
        statements = 0
        inbound = Inbound(sid=f"SM{number:032d}", addresses=(address,), body=f"{text} {number:05d}")
        take_message(session, inbound, book=book, now=now + timedelta(milliseconds=number))
        spent.append(statements)
    session.commit()
    event.remove(engine, "before_cursor_execute", count_it)
    return spent


def test_it_is_one_case_with_the_pages_of_one_message(session: Session, book: Book, now: datetime) -> None:
    flood(session, book, now, 1)
    before = [session.scalar(select(func.count()).select_from(table)) for table in (Page, Clock, Referral)]
    outgoing = select(func.count()).select_from(Message).where(Message.direction == Direction.OUT)
    sent = session.scalar(outgoing)

    address = parse_address(AMINA)
    assert address is not None
    for number in range(200):
        inbound = Inbound(sid=f"SMx{number}", addresses=(address,), body=f"{LOCKED_IN} {number}")
        take_message(session, inbound, book=book, now=now)
    session.commit()

    after = [session.scalar(select(func.count()).select_from(table)) for table in (Page, Clock, Referral)]
    assert (after, session.scalar(outgoing)) == (before, sent)
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_each_message_costs_the_same(session: Session, book: Book, now: datetime) -> None:
    spent = flood(session, book, now, 100)

    assert set(spent[1:]) == {2}


def test_the_mark_is_on_queue_and_case_for_a_while(
    session: Session, book: Book, now: datetime, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    flood(session, book, now, 31)
    officer = signed_in_client(Role.OFFICER)
    case = session.scalars(select(Case)).one()

    assert case.burst_count == 31
    assert "Banjir pesan" in officer.get("/console/").text
    assert "Banjir pesan" in officer.get(f"/console/cases/{case.reference}").text
    assert not is_flooding(case.flooded_at, now + timedelta(hours=1))


def test_thirty_messages_are_no_flood(
    session: Session, book: Book, now: datetime, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    flood(session, book, now, 30)

    assert "Banjir pesan" not in signed_in_client(Role.OFFICER).get("/console/").text


def test_the_page_shows_the_newest_and_leads_to_the_rest(
    session: Session, book: Book, now: datetime, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    flood(session, book, now, 100, text="pesan-ke")
    officer = signed_in_client(Role.OFFICER)
    reference = session.scalars(select(Case.reference)).one()

    short = officer.get(f"/console/cases/{reference}").text
    long = officer.get(f"/console/cases/{reference}?all=1").text

    assert "50 pesan yang lebih lama" in short
    assert ("pesan-ke 00099" in short, "pesan-ke 00003<" in short) == (True, False)
    assert "pesan-ke 00003<" in long


def test_others_open_their_own_case(
    session: Session, book: Book, now: datetime, post_message: Callable[..., Any]
) -> None:
    flood(session, book, now, 50)

    assert post_message("halo", sender=ELI).headers["Hotline-Outcome"] == "opened"
