"""One order for many cases of an incident, and safe-worded updates to their workers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cast import HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cases.database import new_id
from cases.models import (
    Agency,
    Case,
    ContactPlan,
    Identifier,
    Incident,
    IncidentUpdateCase,
    Message,
    Note,
    Referral,
    Task,
    User,
)
from cases.queries.find_case import locked_case
from cases.services.contact import set_contact_plan
from cases.services.incident_updates import Words, make_update, preview_update, send_update
from cases.services.incidents import add_to_incident, open_incident
from cases.services.merge_cases import lock_both
from cases.services.parties import add_party
from cases.vocabulary import (
    Actor,
    AgencyKind,
    Delivery,
    HoldReason,
    IncidentKind,
    MessageKind,
    PartyRole,
    Relation,
    Role,
    TaskKind,
    UpdateOutcome,
    Urgency,
)  # fmt: skip
from escalation.services.book import Book
from escalation.services.merge_cases import merge_cases

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
Acting = Callable[[Role], Actor]
Member = Callable[..., Case]
ALLOWED = {"reply": "allowed"}


@pytest.fixture
def incident(session: Session, acting: Acting, now: datetime) -> Incident:
    made = open_incident(
        session, "Kompleks", IncidentKind.SCAM_COMPOUND, country="MM", by=acting(Role.OFFICER), now=now
    )
    session.commit()
    return made


@pytest.fixture
def member(
    opened_case: Opened, session: Session, acting: Acting, incident: Incident, now: datetime
) -> Member:
    """A case of the incident, with a contact plan."""
    count = iter(range(100))

    def make(plan: dict[str, Any] | None = None, *, words: str = HARMLESS, joins: bool = True) -> Case:
        case = opened_case(words, sender=f"+9660000008{next(count):02d}")
        locked, by = locked_case(session, case.id), acting(Role.OFFICER)
        if plan is not None:
            set_contact_plan(session, locked, plan | {"zone": "UTC"}, version=0, by=by, now=now)
        if joins:
            add_to_incident(session, locked, incident, by=by, now=now)
        session.commit()
        return case

    return make


def order(browser: FlaskClient, incident: Incident, *cases: Case, **form: str) -> Any:
    data = {**form, "case": [case.reference for case in cases]}
    return browser.post(f"/console/incidents/{incident.reference}/order", data=data)


def test_cases_are_put_in_by_their_numbers_and_taken_out(
    member: Member, incident: Incident, signed_in_client: SignIn, session: Session
) -> None:
    one, two = member(joins=False), member(joins=False)
    browser = signed_in_client(Role.OFFICER)
    named = f"{one.reference.lower()}\n {two.reference}, TRC-2611-99999X"

    put_in = browser.post(
        f"/console/incidents/{incident.reference}/order", data={"do": "attach", "references": named}
    )
    session.rollback()
    inside = session.scalars(select(Case.id).where(Case.incident_id == incident.id)).all()
    out = order(browser, incident, one, do="leave")

    assert put_in.status_code == 409  # one of the three does not exist
    assert put_in.text.count("dimasukkan") == 2
    assert "Kasus ini tidak ada." in put_in.text
    assert set(inside) == {one.id, two.id}
    assert out.status_code == 200
    session.rollback()
    assert session.get_one(Case, one.id).incident_id is None


def test_each_case_has_its_own_result(
    member: Member,
    incident: Incident,
    signed_in_client: SignIn,
    session: Session,
    staff: Callable[[Role], User],
) -> None:
    urgent, harmless, outside = member(words=LOCKED_IN), member(), member(joins=False)
    browser, officer = signed_in_client(Role.OFFICER), staff(Role.OFFICER)

    raised = order(
        browser, incident, urgent, harmless, outside, do="raise", level="U2", raise_words="gempa lagi"
    )
    noted = order(browser, incident, urgent, harmless, do="note", note_words="Semua dihubungi <besok>.")
    given = order(browser, incident, urgent, harmless, do="assign", to=str(officer.id))

    assert (raised.status_code, noted.status_code, given.status_code) == (409, 200, 200)
    assert raised.text.count("dinaikkan") == 1
    assert "tingkatnya sudah sama atau lebih tinggi" in raised.text
    assert "bukan lagi bagian dari peristiwa ini" in raised.text
    session.rollback()
    levels = {case.id: case.urgency for case in session.scalars(select(Case))}
    assert levels == {urgent.id: Urgency.U1, harmless.id: Urgency.U2, outside.id: Urgency.U4}
    assert session.scalar(select(func.count()).select_from(Note)) == 2
    assert {session.get_one(Case, case.id).owner_id for case in (urgent, harmless)} == {officer.id}


def test_they_are_referred_and_the_police_need_a_basis(
    member: Member, incident: Incident, signed_in_client: SignIn, session: Session
) -> None:
    one, two = member(), member()

    police = session.scalars(select(Agency).where(Agency.kind == AgencyKind.POLICE).limit(1)).one()
    browser = signed_in_client(Role.OFFICER)

    without = order(browser, incident, one, two, do="refer", agency=str(police.id), refer_words="cek")
    given = order(
        browser, incident, one, two, do="refer", agency=str(police.id), refer_words="cek", basis="consent"
    )

    assert (without.status_code, given.status_code) == (409, 200)
    session.rollback()
    sent = session.scalars(
        select(Referral.case_id).where(Referral.agency_id == police.id, Referral.sent_at.is_not(None))
    )
    assert set(sent) == {one.id, two.id}


def test_an_order_without_sense_changes_nothing(
    member: Member, incident: Incident, signed_in_client: SignIn
) -> None:
    case = member()
    browser = signed_in_client(Role.OFFICER)

    for form in ({"do": "burn"}, {"do": "assign", "to": "x"}, {"do": "raise"}, {"do": "note"}):
        answer = order(browser, incident, case, **form)
        assert answer.status_code == 409, form
    assert order(browser, incident, do="note", note_words="x").status_code == 409


def test_the_preview_says_who_hears_by_what_and_who_does_not(
    member: Member, incident: Incident, signed_in_client: SignIn, session: Session
) -> None:
    hears, unknown, never = member(ALLOWED), member(), member({"reply": "forbidden"})
    browser = signed_in_client(Role.OFFICER)
    data = {"wording": "update_working", "case": [one.reference for one in (hears, unknown, never)]}

    page = browser.post(f"/console/incidents/{incident.reference}/update/preview", data=data)

    assert page.status_code == 200
    assert "<strong>1</strong> / 3" in page.text
    assert "rencana kontak melarang" in page.text
    assert "belum diketahui apakah aman" in page.text
    session.rollback()
    assert session.scalars(select(Message).where(Message.kind == MessageKind.UPDATE)).all() == []


def test_a_button_pressed_twice_tells_once_and_what_is_held_is_a_task(
    member: Member, incident: Incident, signed_in_client: SignIn, session: Session
) -> None:
    hears, unknown = member(ALLOWED), member()
    browser = signed_in_client(Role.OFFICER)
    address = f"/console/incidents/{incident.reference}/update"
    data = {"wording": "update_write", "case": [hears.reference, unknown.reference]}
    page = browser.post(f"{address}/preview", data=data).text
    update_id = re.search(r'name="update" value="([0-9a-f-]+)"', page)
    assert update_id is not None

    answers = [browser.post(address, data=data | {"update": update_id.group(1)}) for _ in range(2)]
    other = browser.post(address, data=data | {"update": update_id.group(1), "wording": "update_ready"})

    assert [answer.status_code for answer in answers] == [200, 200]
    assert other.status_code == 409
    session.rollback()
    messages = session.scalars(select(Message).where(Message.kind == MessageKind.UPDATE)).all()
    assert {message.case_id: message.delivery for message in messages} == {
        hears.id: Delivery.WAITING, unknown.id: Delivery.HELD,
    }  # fmt: skip
    assert len(messages) == 2
    task = session.scalars(select(Task).where(Task.kind == TaskKind.DECIDE_HELD_MESSAGE)).one()
    assert (task.case_id, task.reason) == (unknown.id, HoldReason.NOTHING_KNOWN)
    assert "dikirim: 1" in browser.get(f"/console/incidents/{incident.reference}").text


@pytest.mark.parametrize(
    "text", ["KBRI menunggu", "buka https://x.example", "hubungi 081234567890", "", "a" * 161]
)
def test_words_that_betray_never_leave_the_form(
    text: str, member: Member, incident: Incident, signed_in_client: SignIn
) -> None:
    case = member(ALLOWED)
    data = {"update_body": text, "case": case.reference}

    answer = signed_in_client(Role.OFFICER).post(
        f"/console/incidents/{incident.reference}/update/preview", data=data
    )

    assert answer.status_code == 409
    assert "Tidak dikirim" in answer.text


def test_a_second_update_to_one_case_waits_some_hours(
    member: Member, incident: Incident, session: Session, acting: Acting, now: datetime
) -> None:
    case, by = member(ALLOWED), acting(Role.OFFICER)

    def tell(at: datetime) -> UpdateOutcome:
        made = make_update(session, incident, new_id(), Words(wording="update_working"), by=by, now=at)
        return send_update(session, made, locked_case(session, case.id), by=by, now=at)

    assert tell(now) is UpdateOutcome.SENT
    assert tell(now + timedelta(hours=5)) is UpdateOutcome.TOO_SOON
    assert tell(now + timedelta(hours=7)) is UpdateOutcome.SENT


def test_the_preview_promises_what_then_happens(
    member: Member, incident: Incident, session: Session, acting: Acting, now: datetime
) -> None:
    """For every kind of plan, in both kinds of words: the rule that looks at many is the gate's."""
    by = acting(Role.OFFICER)
    night = {
        "reply": "allowed",
        "hours": f"{(now + timedelta(hours=7)):%H:%M}-{(now + timedelta(hours=8)):%H:%M}",
    }
    plans = [None, ALLOWED, {"reply": "forbidden"}, {"reply": "allowed", "channel": "whatsapp"}, night]
    cases = [member(plan) for plan in plans]
    stopped, duress, proxy, forgotten = member(ALLOWED), member(ALLOWED), member(ALLOWED), member(ALLOWED)
    session.execute(
        update(ContactPlan).where(ContactPlan.person_id == duress.reporter_id).values(duress_at=now)
    )

    session.execute(
        update(Identifier).where(Identifier.person_id == stopped.reporter_id).values(opted_out_at=now)
    )
    session.execute(
        update(Identifier).where(Identifier.person_id == forgotten.reporter_id).values(ended_at=now)
    )
    locked = locked_case(session, proxy.id)
    add_party(session, locked, PartyRole.PROXY, is_reporter=True, relation=Relation.RECRUITER, by=by, now=now)
    session.commit()
    every = [*cases, stopped, duress, proxy, forgotten]

    for words in (Words(wording="update_ready"), Words(body="Pesanannya sudah siap ya kak")):
        session.expire_all()
        every = [session.get_one(Case, case.id) for case in every]
        foreseen = preview_update(session, incident, every, words, now=now)
        made = make_update(session, incident, new_id(), words, by=by, now=now)
        happened = [
            send_update(session, made, locked_case(session, case.id), by=by, now=now) for case in every
        ]
        assert [one.outcome for one in foreseen] == happened, words
        assert UpdateOutcome.WAITS in happened
        assert happened[-1] is UpdateOutcome.NO_ADDRESS
        assert happened[-2] is (UpdateOutcome.HELD if words.body else UpdateOutcome.SENT)
        again = preview_update(session, incident, every, words, now=now, update_id=made.id)
        assert [one.outcome for one in again] == happened
        session.rollback()


def test_the_preview_costs_the_same_for_one_case_and_for_many(
    member: Member, incident: Incident, signed_in_client: SignIn, statements: Any
) -> None:
    browser = signed_in_client(Role.OFFICER)
    cases = [member(ALLOWED) for _ in range(6)]
    address = f"/console/incidents/{incident.reference}/update/preview"

    def cost(*chosen: Case) -> int:
        with statements() as seen:
            data = {"update_body": "Pesanannya siap", "case": [case.reference for case in chosen]}
            assert browser.post(address, data=data).status_code == 200
        return len(seen)

    cost(cases[0])
    assert cost(*cases) == cost(cases[0])


def test_the_page_costs_the_same_for_one_case_and_for_many(
    member: Member, incident: Incident, signed_in_client: SignIn, statements: Any
) -> None:
    browser = signed_in_client(Role.OFFICER)
    address = f"/console/incidents/{incident.reference}"

    def cost() -> int:
        with statements() as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    member()
    browser.get(address)
    one = cost()
    for _ in range(4):
        member()
    assert cost() == one


def test_after_a_merge_the_survivor_is_not_told_again(
    member: Member, incident: Incident, session: Session, acting: Acting, book: Book, now: datetime
) -> None:
    by = acting(Role.OFFICER)
    told, other = member(ALLOWED), member(ALLOWED)
    made = make_update(session, incident, new_id(), Words(wording="update_working"), by=by, now=now)
    assert send_update(session, made, locked_case(session, told.id), by=by, now=now) is UpdateOutcome.SENT
    survivor, merged = session.get_one(Case, other.id), session.get_one(Case, told.id)
    lock_both(session, survivor, merged)
    merge_cases(session, survivor, merged, book=book, by=by, now=now)

    assert send_update(session, made, survivor, by=by, now=now) is UpdateOutcome.SENT
    sent = session.scalars(select(Message).where(Message.kind == MessageKind.UPDATE)).all()
    assert [message.case_id for message in sent] == [survivor.id]
    assert session.scalar(select(func.count()).select_from(IncidentUpdateCase)) == 1


def test_the_api_does_the_same(
    member: Member, incident: Incident, client: FlaskClient, bearer: Callable[[Role], dict[str, str]]
) -> None:
    hears, outside = member(ALLOWED), member(joins=False)
    headers, base = bearer(Role.OFFICER), f"/api/v1/incidents/{incident.reference}"
    both = [hears.reference, outside.reference]

    noted = client.post(f"{base}/orders", json={"do": "note", "cases": both, "words": "x"}, headers=headers)
    seen = client.post(
        f"{base}/updates/preview", json={"cases": both, "wording": "update_ready"}, headers=headers
    )
    update_id = "0198a000-0000-7000-8000-000000000001"
    told = [
        client.post(
            f"{base}/updates/{update_id}", json={"cases": both, "wording": "update_ready"}, headers=headers
        )
        for _ in range(2)
    ]
    unsafe = client.post(f"{base}/updates/preview", json={"cases": both, "body": "ke KBRI"}, headers=headers)

    assert [one["done"] for one in noted.json["items"]] == [True, False]
    assert [one["outcome"] for one in seen.json["items"]] == ["update_sent", "update_closed"]
    assert [[one["outcome"] for one in answer.json["items"]] for answer in told] == [
        ["update_sent", None]
    ] * 2
    assert unsafe.status_code == 422
    nobody = client.post(f"{base}/orders", json={"do": "note", "cases": both}, headers=bearer(Role.ADMIN))
    assert nobody.status_code == 403
