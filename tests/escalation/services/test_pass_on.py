"""What came from a number since it was doubted is a report of whoever has it now; nothing is lost, nothing shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cast import AMINA, AUTH_TOKEN, LOCKED_IN, PUBLIC_URL
from conftest import inbound_parameters
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from cases.errors import WrongState
from cases.models import Attachment, Case, ContactPlan, Event, Identifier, Message, Referral, Task
from cases.queries.sender import hold_persons
from cases.rules.event_chain import seal
from cases.services.identity import doubt_identifier
from cases.services.merge_persons import merge_persons
from cases.vocabulary import (
    Actor,
    ContactSign,
    Delivery,
    Direction,
    Doubt,
    EventKind,
    HoldReason,
    ReferralStatus,
    Role,
    Step,
    TaskKind,
    Urgency,
)
from escalation.models import Clock, Page
from escalation.services.book import Book, load_book
from escalation.services.pass_on import pass_on
from hotline.channels.twilio.signing import signature_for

HERS = {"sender": f"whatsapp:{AMINA}", "ExternalUserId": "whatsapp:SA.first1"}
THEIRS = {"sender": f"whatsapp:{AMINA}", "ExternalUserId": "whatsapp:SA.second2"}
PHOTO = {
    "NumMedia": "1",
    "MediaUrl0": "https://api.twilio.com/x/Messages/MM1/Media/ME1",
    "MediaContentType0": "image/jpeg",
}
SignIn = Callable[[Role], FlaskClient]


def number_of(session: Session) -> Identifier:
    session.rollback()
    query = select(Identifier).where(Identifier.kind == "phone", Identifier.ended_at.is_(None))
    return session.scalars(query).one()


def said_in(session: Session, case: Case) -> list[str | None]:
    query = select(Message.body).where(Message.case_id == case.id, Message.direction == Direction.IN)
    return list(session.scalars(query.order_by(Message.created_at)))


def chain_holds(session: Session, case: Case) -> bool:
    session.refresh(case)
    last = b""
    for event in session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.position)):
        actor = f"{event.actor}:{event.user_id or event.contact_id or ''}"
        last = seal(
            last, position=event.position, kind=event.kind.value, at=event.at, actor=actor, data=event.data
        )
        if last != event.hash:
            return False
    return last == case.last_event_hash


def test_what_came_since_the_doubt_is_a_new_case_with_all_that_belongs_to_one(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    signed_in_client: SignIn,
    session: Session,
) -> None:
    hers = opened_case("halo, gaji saya belum dibayar", **HERS)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{hers.reference}"
    post_message(f"jangan telpon ya. {LOCKED_IN}", **THEIRS, **PHOTO)
    post_message("cepat", sender=AMINA)
    before = session.scalar(
        select(func.count()).select_from(Message).where(Message.direction == Direction.IN)
    )

    passed = browser.post(f"{url}/pass_on", data={"identifier": str(number_of(session).id)})

    assert passed.status_code == 302
    session.expire_all()
    hers, theirs = session.scalars(select(Case).order_by(Case.opened_at)).all()
    assert f"sekarang ada di kasus {theirs.reference}" in browser.get(url).text
    # Nothing is lost, and each message is in one place.
    assert said_in(session, hers) == ["halo, gaji saya belum dibayar"]
    assert said_in(session, theirs) == [f"jangan telpon ya. {LOCKED_IN}", "cepat"]
    assert before == 3
    assert session.scalars(select(Attachment.case_id)).all() == [theirs.id]
    assert (hers.last_words, theirs.last_words) == ("halo, gaji saya belum dibayar", "cepat")
    # As any new report.
    assert (theirs.urgency, theirs.country, theirs.reporter_id != hers.reporter_id) == (
        Urgency.U1,
        "SA",
        True,
    )
    plan = session.get_one(ContactPlan, theirs.reporter_id)
    assert ContactSign.DO_NOT_CALL in plan.signs
    steps = set(session.scalars(select(Clock.step).where(Clock.case_id == theirs.id)))
    assert {Step.READ, Step.ASSIGN, Step.SAFE_CONTACT} <= steps
    sent = select(Referral).where(Referral.case_id == theirs.id, Referral.status == ReferralStatus.SENT)
    assert {one.agency.key for one in session.scalars(sent)} == {"kbri-riyadh", "kp2mi-duty-room"}
    assert session.scalars(select(Page).where(Page.case_id == theirs.id)).all()
    # Both logs say so, and hold together.
    kinds = {
        case.id: set(session.scalars(select(Event.kind).where(Event.case_id == case.id)))
        for case in (hers, theirs)
    }
    assert {EventKind.IDENTIFIER_PASSED_ON, EventKind.MESSAGES_MOVED} <= kinds[hers.id]
    assert {EventKind.CASE_OPENED, EventKind.TRIAGED, EventKind.MESSAGES_TAKEN_OVER} <= kinds[theirs.id]
    assert chain_holds(session, hers)
    assert chain_holds(session, theirs)
    # Neither shows the words of the other.
    assert "disekap" not in browser.get(url).text
    assert "gaji saya" not in browser.get(f"/console/cases/{theirs.reference}").text

    post_message("masih di sini", **THEIRS)
    session.rollback()
    assert said_in(session, theirs)[-1] == "masih di sini"
    assert len(session.scalars(select(Case)).all()) == 2


def test_nothing_that_waits_for_her_is_sent_to_them(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    hers = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{hers.reference}"
    browser.post(f"{url}/plan", data={"reply": "allowed", "version": "0"})
    browser.post(f"{url}/reply", data={"reply_body": "apa kabar?"})
    number = number_of(session)
    message = session.scalars(select(Message).where(Message.body == "apa kabar?")).one()
    message.delivery, message.hold_reason = Delivery.HELD, HoldReason.OUTSIDE_HOURS
    session.commit()
    browser.post(f"{url}/pass_on", data={"identifier": str(number.id)})

    refused = browser.post(f"{url}/release", data={"message": str(message.id)})

    assert refused.status_code == 409
    assert "nomor ini sudah milik orang lain" in refused.text
    assert browser.post(f"{url}/pass_on", data={"identifier": str(number.id)}).status_code == 409


@pytest.fixture
def passed_on(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> tuple[Case, Case]:
    """Her case and theirs, after an officer has decided."""
    hers = opened_case("halo", **HERS)
    post_message(LOCKED_IN, **THEIRS)
    session.rollback()
    [theirs] = pass_on(
        session, hers, number_of(session), book=book, by=acting(Role.OFFICER), now=datetime.now(UTC)
    )
    session.commit()
    return hers, theirs


def test_an_officer_who_erred_merges_and_loses_nothing(
    passed_on: tuple[Case, Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    session: Session,
) -> None:
    hers, theirs = passed_on
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    merge_persons(session, hers.reporter_id, theirs.reporter_id, by=by, now=now)
    session.commit()

    post_message("ini masih saya", **THEIRS)

    session.rollback()
    assert number_of(session).person_id == hers.reporter_id == theirs.reporter_id
    everything = said_in(session, hers) + said_in(session, theirs)
    assert sorted(map(str, everything)) == sorted(["halo", LOCKED_IN, "ini masih saya"])


def test_a_number_that_has_gone_cannot_go_again(
    passed_on: tuple[Case, Case], acting: Callable[[Role], Actor], book: Book, session: Session
) -> None:
    hers, _ = passed_on
    ended = session.scalars(
        select(Identifier).where(Identifier.person_id == hers.reporter_id, Identifier.kind == "phone")
    ).one()

    with pytest.raises(WrongState):
        pass_on(session, hers, ended, book=book, by=acting(Role.OFFICER), now=datetime.now(UTC))


def test_without_words_since_the_doubt_no_case_is_opened(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> None:
    hers = opened_case("halo")
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    number = number_of(session)
    doubt_identifier(session, hers, number, Doubt.OFFICER, by=by, now=now)
    assert pass_on(session, hers, number, book=book, by=by, now=now) == []
    session.commit()

    post_message("halo?")

    session.rollback()
    assert len(session.scalars(select(Case)).all()) == 2


def test_a_case_in_which_only_they_wrote_goes_over_as_it_is(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    book: Book,
    signed_in_client: SignIn,
    session: Session,
) -> None:
    hers = opened_case("halo")
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    doubt_identifier(session, hers, number_of(session), Doubt.OFFICER, by=by, now=now)
    session.commit()
    browser = signed_in_client(Role.OFFICER)
    closing = {"close_reason": "withdrawn", "explanation": "selesai"}
    assert browser.post(f"/console/cases/{hers.reference}/close", data=closing).status_code == 302
    post_message("siapa ini")
    session.rollback()
    theirs = session.scalars(select(Case).where(Case.id != hers.id)).one()
    assert theirs.reporter_id == hers.reporter_id

    assert pass_on(session, theirs, number_of(session), book=book, by=by, now=now) == [theirs]
    session.commit()

    assert theirs.reporter_id != hers.reporter_id
    assert said_in(session, hers) == ["halo"]
    answer = browser.post(f"/console/cases/{theirs.reference}/reply", data={"reply_body": "halo, apa kabar?"})
    assert answer.status_code == 302
    assert len(session.scalars(select(Case)).all()) == 2


def test_a_late_message_that_raised_the_doubt_goes_along(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> None:
    """It was sent before it was doubted: the doubt begins with it, not with the moment it reached us."""
    from cases.rules.phone_numbers import parse_address
    from escalation.services.take_message import Inbound, take_message

    hers = opened_case("halo", **HERS)
    sent = datetime.now(UTC)
    addresses = tuple(filter(None, map(parse_address, (f"whatsapp:{AMINA}", "whatsapp:SA.second2"))))
    late = Inbound(sid="SM-late", addresses=addresses, body="siapa ini", received_at=sent)
    take_message(session, late, book=book, now=sent + timedelta(minutes=10))
    session.commit()

    [theirs] = pass_on(
        session, hers, number_of(session), book=book, by=acting(Role.OFFICER), now=datetime.now(UTC)
    )

    assert said_in(session, theirs) == ["siapa ini"]


def test_their_stop_stays_a_question(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    book: Book,
    session: Session,
) -> None:
    hers = opened_case("halo", **HERS)
    post_message("siapa ini", **THEIRS)
    post_message("STOP", **THEIRS)
    [theirs] = pass_on(
        session, hers, number_of(session), book=book, by=acting(Role.OFFICER), now=datetime.now(UTC)
    )
    session.commit()

    assert number_of(session).opted_out_at is not None
    kinds = set(session.scalars(select(Task.kind).where(Task.case_id == theirs.id, Task.done_at.is_(None))))
    assert kinds == {TaskKind.POSSIBLE_DURESS, TaskKind.WRITE_BY_OTHER_MEANS}


def test_messages_that_come_in_meanwhile_go_to_one_of_the_two_and_none_is_left_behind(
    app: Flask,
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    acting: Callable[[Role], Actor],
    sessions: sessionmaker[Session],
    session: Session,
) -> None:
    book = load_book(session)
    hers = opened_case("halo", **HERS)
    post_message("siapa ini", **THEIRS)
    number, by = number_of(session), acting(Role.OFFICER)
    session.rollback()
    begun, failed = threading.Event(), []

    def write() -> None:
        for count in range(12):
            parameters = inbound_parameters(f"pesan {count}", sender=f"whatsapp:{AMINA}")
            parameters |= {"ExternalUserId": "whatsapp:SA.second2"}
            headers = {
                "X-Twilio-Signature": signature_for(AUTH_TOKEN, f"{PUBLIC_URL}/twilio/messages", parameters)
            }
            answer = app.test_client().post("/twilio/messages", data=parameters, headers=headers)
            if answer.headers.get("Hotline-Outcome") not in {"added", "opened"}:
                failed.append(answer.status)
            begun.set()

    app.extensions["flood_gate"].clear()
    writing = threading.Thread(target=write)
    writing.start()
    begun.wait(10)
    with sessions() as deciding:
        hold_persons(deciding, number.person_id)
        case = deciding.get_one(Case, hers.id, with_for_update=True)
        mine = deciding.get_one(Identifier, number.id, with_for_update=True)
        [theirs] = pass_on(deciding, case, mine, book=book, by=by, now=datetime.now(UTC))
        deciding.commit()
    writing.join(30)

    session.rollback()
    assert failed == []
    assert said_in(session, hers) == ["halo"]
    assert said_in(session, theirs) == ["siapa ini", *(f"pesan {count}" for count in range(12))]
    assert chain_holds(session, session.get_one(Case, theirs.id))
