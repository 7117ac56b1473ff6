"""A number that may be somebody else's by now, as officers see and settle it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from cast import AMINA, ELI
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from cases.database import keyring
from cases.models import Case, ContactPlan, Identifier, Message, Task
from cases.rules.phone_numbers import parse_address
from cases.vocabulary import ContactPermission, Direction, Doubt, Role, TaskKind
from escalation.services.book import Book
from escalation.services.take_message import Inbound, take_message

SignIn = Callable[[Role], FlaskClient]


def hash_of(number: str) -> bytes:
    return keyring.fingerprint("address", number)


def number_of(session: Session) -> Identifier:
    session.rollback()
    return session.scalars(
        select(Identifier).where(Identifier.kind == "phone").order_by(Identifier.id)
    ).first()  # type: ignore[return-value]


def test_another_user_id_under_the_same_number_is_doubted(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    signed_in_client: SignIn,
    session: Session,
) -> None:
    case = opened_case("halo", sender=f"whatsapp:{AMINA}", ExternalUserId="whatsapp:SA.first1")
    post_message("halo lagi", sender=f"whatsapp:{AMINA}", ExternalUserId="whatsapp:SA.first1")
    assert number_of(session).doubted_at is None

    post_message("siapa ini?", sender=f"whatsapp:{AMINA}", ExternalUserId="whatsapp:SA.second2")
    number = number_of(session)
    assert number.doubt is Doubt.CHANGED_USER_ID
    assert session.scalars(select(Task.kind)).all() == [TaskKind.CONFIRM_IDENTIFIER]

    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    assert "datang dengan identitas WhatsApp lain" in browser.get(url).text
    betraying = {"reply_body": "kasus kakak di KBRI"}
    browser.post(f"{url}/plan", data={"reply": "allowed", "version": "0"})
    assert browser.post(f"{url}/reply", data=betraying).status_code == 409
    passed = browser.post(f"{url}/pass_on", data={"identifier": str(number.id)})
    assert passed.status_code == 302

    post_message("saya orang baru", sender=f"whatsapp:{AMINA}", ExternalUserId="whatsapp:SA.second2")
    session.rollback()
    cases = session.scalars(select(Case).order_by(Case.opened_at)).all()
    assert len(cases) == 2
    assert cases[0].reporter_id != cases[1].reporter_id
    newest = session.scalars(select(Message).order_by(Message.created_at.desc())).first()
    assert newest is not None
    assert newest.case_id == cases[1].id
    page = browser.get(f"/console/cases/{cases[1].reference}").text
    assert "halo lagi" not in page
    assert "bukan lagi miliknya" in browser.get(url).text


def test_half_a_year_of_silence_is_doubted_and_the_safe_word_confirms(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    answer_status_questions: Callable[[], int],
    signed_in_client: SignIn,
    session: Session,
) -> None:
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    browser.post(f"{url}/plan", data={"reply": "allowed", "safe_word": "mangga muda", "version": "0"})
    session.execute(update(Case).values(last_message_at=datetime.now(UTC) - timedelta(days=181)))
    session.commit()

    post_message("kabar")
    answer_status_questions()
    assert number_of(session).doubt is Doubt.LONG_SILENCE
    held = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
    assert [str(one.hold_reason) for one in session.scalars(held)] == ["number_in_doubt"]

    post_message("mangga muda sudah matang")
    assert number_of(session).doubted_at is None
    open_kinds = set(session.scalars(select(Task.kind).where(Task.done_at.is_(None))))
    assert TaskKind.CONFIRM_IDENTIFIER not in open_kinds


def test_officers_merge_and_part_persons(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    first, second = opened_case("halo", sender=AMINA), opened_case("halo", sender=ELI)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{first.reference}"

    assert browser.post(f"{url}/merge", data={"with": first.reference}).status_code == 409
    assert browser.post(f"{url}/merge", data={"with": second.reference}).status_code == 302
    session.expire_all()
    assert first.reporter_id == second.reporter_id
    page = browser.get(url).text
    assert "Batalkan penggabungan" in page
    merge = page.partition('name="merge" value="')[2][:36]
    assert browser.post(f"{url}/part", data={"merge": merge}).status_code == 302
    session.expire_all()
    assert first.reporter_id != second.reporter_id


def test_a_doubted_number_does_not_open_the_gate(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    signed_in_client: SignIn,
    session: Session,
) -> None:
    case = opened_case("halo")
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    assert browser.post(f"{url}/greet").status_code == 302
    assert browser.post(f"{url}/doubt", data={"identifier": str(number_of(session).id)}).status_code == 302

    post_message("kapan saja")
    session.rollback()
    assert session.get(ContactPlan, case.reporter_id) is None

    assert browser.post(f"{url}/confirm", data={"identifier": str(number_of(session).id)}).status_code == 302
    post_message("kapan saja")
    session.rollback()
    assert session.get_one(ContactPlan, case.reporter_id).reply is ContactPermission.ALLOWED


def test_two_officers_who_merge_two_persons_into_each_other_at_once(
    opened_case: Callable[..., Case], signed_in_client: SignIn, session: Session
) -> None:
    """One of them is told why not; nobody sees an error page, and each person has one home."""
    for turn in range(6):
        senders = [f"+96600000{turn}4{number:02d}" for number in range(2)]
        pair = [opened_case("halo", sender=sender).reference for sender in senders]
        browsers = [signed_in_client(Role.OFFICER), signed_in_client(Role.SUPERVISOR)]
        together = Barrier(2)

        def merge(
            number: int, pair: list[str] = pair, browsers: Any = browsers, together: Barrier = together
        ) -> Any:
            together.wait(5)
            form = {"with": pair[1 - number]}
            return browsers[number].post(f"/console/cases/{pair[number]}/merge", data=form)

        with ThreadPoolExecutor(2) as threads:
            done, refused = sorted(threads.map(merge, range(2)), key=lambda answer: answer.status_code)

        assert (done.status_code, refused.status_code) == (302, 409)
        # They waited for each other; the database did not have to end one.
        assert "sedang mengubah hal yang sama" not in refused.text
        session.rollback()
        reporters = session.scalars(select(Case.reporter_id).where(Case.reference.in_(pair))).all()
        assert len(set(reporters)) == 1
        owners = select(Identifier.person_id).where(Identifier.value_hash.in_(list(map(hash_of, senders))))
        assert set(session.scalars(owners)) == set(reporters)


def test_a_message_that_is_just_coming_in_follows_its_number(
    opened_case: Callable[..., Case],
    signed_in_client: SignIn,
    book: Book,
    sessions: sessionmaker[Session],
    session: Session,
) -> None:
    first, second = opened_case("halo", sender=AMINA), opened_case("halo", sender=ELI)
    merged_id, browser = second.reporter_id, signed_in_client(Role.OFFICER)
    closing = {"close_reason": "not_a_report", "explanation": "selesai"}
    assert browser.post(f"/console/cases/{second.reference}/close", data=closing).status_code == 302
    form = {"with": second.reference}
    merging_url = f"/console/cases/{first.reference}/merge"
    with sessions() as coming_in, ThreadPoolExecutor(1) as thread:
        address = parse_address(ELI)
        assert address is not None
        inbound = Inbound(sid="SM-in-between", addresses=(address,), body="masih di sini")
        take_message(coming_in, inbound, book=book, now=datetime.now(UTC))
        merging = thread.submit(browser.post, merging_url, data=form)
        with pytest.raises(TimeoutError):
            merging.result(0.5)  # it waits for her message
        coming_in.commit()
        assert merging.result().status_code == 302

    session.rollback()
    assert session.scalars(select(Case).where(Case.reporter_id == merged_id)).all() == []
    assert len(session.scalars(select(Case).where(Case.reporter_id == first.reporter_id)).all()) == 3
