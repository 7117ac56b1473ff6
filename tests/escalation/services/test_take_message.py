"""A message comes in: what is stored, and who is moved to act."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from cast import AMINA, AMINA_USER_ID, BERTA, HARMLESS, LOCKED_IN
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Case, ContactPlan, DutyContact, Event, Identifier, Message, Person, Referral
from cases.rules.event_chain import seal
from cases.rules.phone_numbers import parse_address
from cases.rules.references import is_reference
from cases.vocabulary import (
    CaseStatus,
    Category,
    ContactPermission,
    Direction,
    EventKind,
    IdentifierKind,
    MessageKind,
    ReferralStatus,
    Step,
    Urgency,
)
from escalation.models import Clock, Page
from escalation.services.book import Book
from escalation.services.take_message import Inbound, Outcome, take_message

Opened = Callable[..., Case]
Post = Callable[..., Any]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_cry_for_help_is_u1_within_the_request(opened_case: Opened) -> None:
    case = opened_case(LOCKED_IN)

    assert case.urgency is Urgency.U1
    assert case.leading_category is Category.SEKAP
    assert (case.country, case.status) == ("SA", CaseStatus.NEW)
    assert is_reference(case.reference)


def test_mission_and_duty_room_are_called_at_once(opened_case: Opened, session: Session) -> None:
    case = opened_case(LOCKED_IN)

    sent = session.scalars(
        select(Referral).where(Referral.case_id == case.id, Referral.status == ReferralStatus.SENT)
    ).all()
    assert {referral.agency.key for referral in sent} == {"kbri-riyadh", "kp2mi-duty-room"}
    outgoing = session.scalars(select(Message).where(Message.direction == Direction.OUT)).all()
    assert {message.kind for message in outgoing} == {MessageKind.REFERRAL, MessageKind.PAGE}
    jobs = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))
    assert jobs == len(outgoing)


def test_a_harmless_question_calls_nobody(opened_case: Opened, session: Session) -> None:
    case = opened_case(HARMLESS)

    assert case.urgency in {Urgency.U3, Urgency.U4}
    assert session.scalars(select(Message).where(Message.direction == Direction.OUT)).all() == []
    referrals = session.scalars(select(Referral).where(Referral.case_id == case.id)).all()
    assert {referral.status for referral in referrals} == {ReferralStatus.PROPOSED}


def test_the_four_clocks_start_with_the_policy_frozen(opened_case: Opened, session: Session) -> None:
    case = opened_case(LOCKED_IN)

    clocks = session.scalars(select(Clock).where(Clock.case_id == case.id)).all()
    assert {clock.step for clock in clocks} == set(Step) - {Step.P3MI_PROMISE}
    read = next(clock for clock in clocks if clock.step is Step.READ)
    assert (read.due_at - read.started_at).total_seconds() == 300
    assert read.promise["limit_seconds"] == 300
    assert read.policy_version.startswith("policy-")
    assert case.next_due_at == min(clock.due_at for clock in clocks)


def test_a_repeat_changes_nothing(post_message: Post, opened_case: Opened, session: Session) -> None:
    case = opened_case(LOCKED_IN, MessageSid="SM" + "1" * 32)
    before = (count(session, Message), count(session, Event), case.version)

    answer = post_message(LOCKED_IN, MessageSid="SM" + "1" * 32)

    session.rollback()
    session.refresh(case)
    assert answer.headers["Hotline-Outcome"] == "repeated"
    assert (count(session, Message), count(session, Event), case.version) == before


def test_a_second_message_joins_the_open_case(opened_case: Opened, session: Session) -> None:
    first = opened_case(HARMLESS)

    second = opened_case("terima kasih infonya")

    assert second.id == first.id
    assert count(session, Case) == 1
    assert count(session, Person) == 1


def test_words_of_danger_raise_an_open_case(opened_case: Opened, session: Session) -> None:
    opened_case(HARMLESS)

    case = opened_case(LOCKED_IN)

    assert case.urgency is Urgency.U1
    assert case.leading_category is Category.SEKAP
    sent = session.scalars(
        select(Referral).where(Referral.case_id == case.id, Referral.status == ReferralStatus.SENT)
    ).all()
    assert {referral.agency.key for referral in sent} == {"kbri-riyadh", "kp2mi-duty-room"}
    running = session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.next_at.is_not(None))).all()
    assert {clock.urgency for clock in running} == {Urgency.U1}


def test_harmless_words_never_lower_it(opened_case: Opened) -> None:
    opened_case(LOCKED_IN)

    assert opened_case(HARMLESS).urgency is Urgency.U1


def test_sms_and_whatsapp_of_one_number_are_one_person(opened_case: Opened, session: Session) -> None:
    opened_case(HARMLESS, sender=AMINA)
    opened_case(HARMLESS, sender=f"whatsapp:{AMINA}", WaId=AMINA[1:])

    assert count(session, Person) == 1
    assert count(session, Identifier) == 1


def test_a_user_id_without_a_number_is_a_person(opened_case: Opened, session: Session) -> None:
    case = opened_case(
        HARMLESS, sender=f"whatsapp:{AMINA_USER_ID}", ExternalUserId=f"whatsapp:{AMINA_USER_ID}"
    )

    identifier = session.scalars(select(Identifier)).one()
    assert (identifier.kind, identifier.value) == (IdentifierKind.BSUID, AMINA_USER_ID)
    assert case.country == "SA"


def test_a_number_and_a_user_id_seen_together_stay_together(opened_case: Opened, session: Session) -> None:
    opened_case(HARMLESS, sender=f"whatsapp:{AMINA}", ExternalUserId=f"whatsapp:{AMINA_USER_ID}")
    opened_case(HARMLESS, sender=f"whatsapp:{AMINA_USER_ID}", ExternalUserId=f"whatsapp:{AMINA_USER_ID}")

    assert count(session, Person) == 1
    assert count(session, Case) == 1


def test_her_words_forbid_replies(opened_case: Opened, session: Session) -> None:
    case = opened_case("tolong saya dipukul majikan, jangan balas, hp dipegang majikan")

    plan = session.get_one(ContactPlan, case.reporter_id)
    assert plan.reply is ContactPermission.FORBIDDEN
    assert plan.call is ContactPermission.FORBIDDEN


def test_the_log_is_a_chain(opened_case: Opened, session: Session) -> None:
    case = opened_case(LOCKED_IN)
    opened_case(HARMLESS)
    session.rollback()

    previous = b""
    events = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.position)).all()
    for position, event in enumerate(events, start=1):
        previous = seal(
            previous,
            position=position,
            kind=event.kind.value,
            at=event.at,
            actor=f"{event.actor}:{event.user_id or event.contact_id or ''}",
            data=event.data,
        )
        assert event.hash == previous
    session.refresh(case)
    assert case.last_event_hash == previous
    assert case.event_count == len(events)


def test_the_log_cannot_be_rewritten(opened_case: Opened, session: Session) -> None:
    import pytest
    from sqlalchemy.exc import DBAPIError

    opened_case(LOCKED_IN)

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE event SET data = '{}'"))


def test_twenty_parts_at_once_are_one_case(
    sessions: sessionmaker[Session], book: Book, session: Session
) -> None:
    address = parse_address(AMINA)
    assert address is not None

    def take(number: int) -> Outcome:
        with sessions() as own:
            inbound = Inbound(f"SMpart{number}", (address,), f"bagian {number}")
            taken = take_message(own, inbound, book=book, now=datetime.now(UTC))
            own.commit()
            return taken.outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(take, range(20)))

    assert outcomes.count(Outcome.OPENED) == 1
    assert count(session, Case) == 1
    assert count(session, Message) == 20


def test_a_duty_phone_with_nothing_to_answer_is_a_caller(opened_case: Opened, session: Session) -> None:
    case = opened_case(LOCKED_IN, sender=BERTA)

    assert case.urgency is Urgency.U1


def test_an_officers_code_acknowledges_her_page(
    opened_case: Opened, post_message: Post, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    page = session.scalars(select(Page)).one()

    answer = post_message(f" {page.code} ", sender=BERTA)

    session.rollback()
    session.refresh(case)
    session.refresh(page)
    assert answer.headers["Hotline-Outcome"] == "command"
    assert page.acknowledged_at is not None
    berta = session.scalars(select(DutyContact).where(DutyContact.id == page.contact_id)).one()
    assert (case.status, case.owner_id) == (CaseStatus.OPEN, berta.user_id)
    states = {c.step: c.state.value for c in session.scalars(select(Clock)) if c.referral_id is None}
    assert states == {Step.READ: "met", Step.ASSIGN: "met", Step.SAFE_CONTACT: "running"}
    duty = session.scalars(select(Referral).where(Referral.status == ReferralStatus.ACCEPTED)).one()
    assert duty.agency.key == "kp2mi-duty-room"


def test_somebody_elses_code_acknowledges_nothing(
    opened_case: Opened, post_message: Post, session: Session
) -> None:
    opened_case(LOCKED_IN)
    page = session.scalars(select(Page)).one()

    post_message(page.code, sender="+447700900997")

    session.rollback()
    session.refresh(page)
    assert page.acknowledged_at is None


def test_an_agencys_words_join_the_case_they_answer(
    opened_case: Opened, post_message: Post, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    contact = session.scalars(
        select(DutyContact)
        .join(Message, Message.contact_id == DutyContact.id)
        .where(Message.kind == MessageKind.REFERRAL)
    ).one()

    post_message("siap, tim berangkat", sender=contact.address)

    session.rollback()
    received = session.scalars(select(Message).where(Message.kind == MessageKind.COMMAND)).one()
    assert (received.case_id, received.body) == (case.id, "siap, tim berangkat")
    assert count(session, Case) == 1
    kinds = session.scalars(select(Event.kind).where(Event.case_id == case.id)).all()
    assert EventKind.MESSAGE_RECEIVED in kinds
