"""What an officer writes down is judged, routed and timed as if it had been sent to us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from cast import AMINA, LOCKED_IN
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, Event, Identifier, Message, Person, Referral
from cases.vocabulary import Actor, Channel, Relation, Reporter, Role, Urgency
from escalation.models import Clock
from escalation.services.book import Book
from escalation.services.register_report import Report, numbers_in, register_report
from escalation.services.take_message import Outcome

REPORT = Report(
    what=LOCKED_IN,
    where="rumah majikan di Riyadh",
    reach="sepupunya di Cianjur, FB Contoh",
    channel=Channel.LETTER,
    key="12345678",
)


@pytest.fixture
def register(
    session: Session, book: Book, acting: Callable[[Role], Actor], now: datetime
) -> Callable[..., tuple[Case, Outcome]]:
    def act(**changes: object) -> tuple[Case, Outcome]:
        report = replace(REPORT, **changes)  # type: ignore[arg-type]
        done = register_report(session, report, book=book, by=acting(Role.OFFICER), now=now)
        session.commit()
        return done.case, done.outcome

    return act


def test_three_fields_open_a_case_that_is_judged_and_moves(
    register: Callable[..., tuple[Case, Outcome]], session: Session
) -> None:
    case, outcome = register()

    assert (outcome, case.urgency, case.country) == (Outcome.OPENED, Urgency.U1, "SA")
    assert session.scalar(select(func.count()).select_from(Clock).where(Clock.case_id == case.id))
    assert session.scalar(select(func.count()).select_from(Referral).where(Referral.case_id == case.id))
    message = session.scalars(
        select(Message).where(Message.case_id == case.id, Message.direction == "in")
    ).one()
    assert (message.channel, message.body, message.author_id is not None) == (Channel.LETTER, LOCKED_IN, True)
    assert message.content == {"by_hand": {"where": REPORT.where, "reach": REPORT.reach}}
    opened = session.scalars(select(Event).where(Event.case_id == case.id, Event.position == 1)).one()
    assert (opened.actor.value, opened.user_id) == ("user", message.author_id)


def test_without_a_number_there_is_a_person_without_one(
    register: Callable[..., tuple[Case, Outcome]], session: Session
) -> None:
    register(name="Contoh")

    assert session.scalars(select(Person)).one().name == "Contoh"
    assert session.scalars(select(Identifier)).all() == []


def test_a_number_with_an_open_case_adds_to_it(
    opened_case: Callable[..., Case], register: Callable[..., tuple[Case, Outcome]], session: Session
) -> None:
    before = opened_case("halo")

    case, outcome = register(reach=f"telepon {AMINA} malam hari")

    assert (outcome, case.id, case.urgency) == (Outcome.ADDED, before.id, Urgency.U1)


def test_sent_twice_it_is_one_report(register: Callable[..., tuple[Case, Outcome]], session: Session) -> None:
    first, _ = register()
    again, outcome = register()

    assert (again.id, outcome) == (first.id, Outcome.REPEATED)
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_who_reports_for_another_is_noted(register: Callable[..., tuple[Case, Outcome]]) -> None:
    case, _ = register(relation=Relation.FAMILY)

    assert case.reporter_role is Reporter.THIRD_PERSON


def test_the_officer_knows_the_country_better(register: Callable[..., tuple[Case, Outcome]]) -> None:
    case, _ = register(country="MY", reach="+966000000555")

    assert case.country == "MY"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("what", "  "), ("where", ""), ("reach", "\n"), ("what", "x" * 20_001), ("where", "a\x00b"),
        ("country", "XX"), ("channel", Channel.SMS), ("key", "x"), ("key", "a b c d e f"), ("name", "x" * 501),
    ],
)  # fmt: skip
def test_it_names_what_is_missing(
    register: Callable[..., tuple[Case, Outcome]], field: str, value: object
) -> None:
    with pytest.raises(Invalid) as refused:
        register(**{field: value})

    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    ("reach", "numbers"),
    [
        ("+966 000 000 101", ["+966000000101"]),
        ("00966-000-000-101 atau +447700900001", ["+966000000101", "+447700900001"]),
        ("+966000000101, +966000000101", ["+966000000101"]),
        ("telepon 0812 tetangga", []),
        ("rumah nomor 12345678", []),
        ("surat ke PO Box 1", []),
    ],
)
def test_it_finds_international_numbers(reach: str, numbers: list[str]) -> None:
    assert [address.value for address in numbers_in(reach)] == numbers
