"""The regulation's path with a P3MI: steps, the clock of the promise, and forms that can be read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cast import HARMLESS
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import WrongState
from cases.models import Case, Clarification, Event, Party
from cases.queries.find_case import locked_case
from cases.queries.merges import standing_merge
from cases.services.clarifications import Statement
from cases.services.merge_cases import lock_both
from cases.services.parties import add_party
from cases.vocabulary import (
    Actor,
    ClarificationKind,
    ClockState,
    CloseReason,
    EventKind,
    PartyRole,
    PromiseResult,
    Role,
    Step,
    Urgency,
)
from escalation.models import Clock
from escalation.services import work_case
from escalation.services.book import Book
from escalation.services.clarify import clarify, judge_promise
from escalation.services.merge_cases import merge_cases, undo_case_merge

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
Acting = Callable[[Role], Actor]
JAKARTA = ZoneInfo("Asia/Jakarta")
SECOND = Statement(
    speaker="Ibu Ratna Contoh", office="Direktur", address="Jalan Contoh 1, Cilacap", phone="021-5550100",
    admits=True, explanation="Uang belum cair.", follow_up="Dibayar bertahap.", hindrance="Mitra di sana menunda.",
    promises=("Membayar sisa gaji", "Mengirim bukti transfer"),
)  # fmt: skip


@pytest.fixture
def placed(opened_case: Opened, session: Session, acting: Acting, now: datetime) -> Callable[..., Party]:
    """A case with a P3MI in it."""
    count = iter(range(100))

    def make(name: str = "PT Contoh Jaya") -> Party:
        case = opened_case(HARMLESS, sender=f"+9660000009{next(count):02d}")
        locked = locked_case(session, case.id)
        party = add_party(session, locked, PartyRole.P3MI, name=name, by=acting(Role.OFFICER), now=now)
        session.commit()
        return party

    return make


@pytest.fixture
def hold(session: Session, acting: Acting, book: Book, now: datetime) -> Callable[..., Clarification]:
    """A step that was held, in the test's own transaction."""

    def held(
        party: Party, kind: ClarificationKind, said: Statement, *, at: datetime | None = None
    ) -> Clarification:
        case = locked_case(session, party.case_id)
        return clarify(
            session,
            case,
            party.id,
            kind,
            said,
            held_at=at or now,
            book=book,
            by=acting(Role.OFFICER),
            now=now,
        )

    return held


def clocks(session: Session, case_id: Any) -> list[Clock]:
    query = select(Clock).where(Clock.case_id == case_id, Clock.step == Step.P3MI_PROMISE)
    return list(session.scalars(query))


def test_the_promise_of_the_second_clarification_has_a_clock_of_seven_days(
    placed: Callable[..., Party], hold: Callable[..., Clarification], session: Session, now: datetime
) -> None:
    party = placed()
    hold(party, ClarificationKind.FIRST, Statement(speaker="Ratna", admits=False), at=now - timedelta(days=9))
    assert clocks(session, party.case_id) == []
    step = hold(party, ClarificationKind.SECOND, SECOND, at=now)

    [clock] = clocks(session, party.case_id)

    last_day = now.astimezone(JAKARTA).date() + timedelta(days=7)
    ends = clock.due_at.astimezone(JAKARTA)
    assert ends.date() == last_day + timedelta(days=1)
    assert (ends.hour, ends.minute) == (0, 0)
    assert step.promise_due_at == clock.due_at
    assert (clock.state, clock.clarification_id) == (ClockState.RUNNING, step.id)
    assert clock.promise["basis"] == "law"
    assert clock.promise["count"] == "calendar"


def test_who_admits_and_fails_is_proposed_for_a_sanction_without_mediation(
    placed: Callable[..., Party],
    hold: Callable[..., Clarification],
    session: Session,
    acting: Acting,
    now: datetime,
) -> None:
    party, by = placed(), acting(Role.OFFICER)
    hold(party, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=20))
    step = hold(party, ClarificationKind.SECOND, SECOND, at=now - timedelta(days=10))
    case = locked_case(session, party.case_id)
    with pytest.raises(WrongState):
        hold(party, ClarificationKind.SANCTION, Statement(), at=now)
    judge_promise(session, case, step.id, PromiseResult.BROKEN, by=by, now=now)

    with pytest.raises(WrongState):
        hold(party, ClarificationKind.MEDIATION, Statement(), at=now)
    hold(party, ClarificationKind.SANCTION, Statement(explanation="Tidak dibayar."), at=now)

    assert [clock.state for clock in clocks(session, party.case_id)] == [ClockState.CANCELLED]


def test_a_promise_is_not_broken_before_its_time_and_a_kept_one_ends_the_path(
    placed: Callable[..., Party],
    hold: Callable[..., Clarification],
    session: Session,
    acting: Acting,
    now: datetime,
) -> None:
    party, by = placed(), acting(Role.OFFICER)
    hold(party, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=1))
    step = hold(party, ClarificationKind.SECOND, SECOND, at=now)
    case = locked_case(session, party.case_id)

    with pytest.raises(WrongState):
        judge_promise(session, case, step.id, PromiseResult.BROKEN, by=by, now=now)
    judge_promise(session, case, step.id, PromiseResult.KEPT, by=by, now=now)

    assert [clock.state for clock in clocks(session, party.case_id)] == [ClockState.MET]
    with pytest.raises(WrongState):
        hold(party, ClarificationKind.MEDIATION, Statement(), at=now)


def test_a_merge_takes_the_steps_and_the_clock_along_and_undo_brings_them_back(
    placed: Callable[..., Party],
    hold: Callable[..., Clarification],
    session: Session,
    acting: Acting,
    book: Book,
    now: datetime,
) -> None:
    by = acting(Role.OFFICER)
    mine, theirs = placed(), placed()
    hold(mine, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=2))
    hold(mine, ClarificationKind.SECOND, SECOND, at=now - timedelta(days=1))
    hold(theirs, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=3))
    hold(theirs, ClarificationKind.SECOND, SECOND, at=now)
    survivor, merged = session.get_one(Case, mine.case_id), session.get_one(Case, theirs.case_id)
    second = add_party(session, survivor, PartyRole.P3MI, name="PT Lain", by=by, now=now)
    hold(second, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=2))
    hold(second, ClarificationKind.SECOND, SECOND, at=now)
    lock_both(session, survivor, merged)
    merge_cases(session, survivor, merged, book=book, by=by, now=now)
    both = clocks(session, survivor.id)
    steps = session.scalars(select(Clarification).where(Clarification.case_id == survivor.id)).all()

    assert [clock.state for clock in both] == [ClockState.RUNNING] * 3
    assert len(steps) == 6

    found = standing_merge(session, merged.id)
    assert found is not None
    undo_case_merge(session, survivor, merged, found, book=book, by=by, now=now)
    assert [clock.state for clock in clocks(session, merged.id)] == [ClockState.RUNNING]
    # Two P3MI, two promises of one kind: neither ends for the other.
    assert [clock.state for clock in clocks(session, survivor.id)] == [ClockState.RUNNING] * 2
    assert len(session.scalars(select(Clarification).where(Clarification.case_id == merged.id)).all()) == 2


def test_a_change_of_urgency_leaves_the_clock_and_closing_ends_it(
    placed: Callable[..., Party],
    hold: Callable[..., Clarification],
    session: Session,
    acting: Acting,
    book: Book,
    now: datetime,
) -> None:
    party, by = placed(), acting(Role.OFFICER)
    hold(party, ClarificationKind.FIRST, Statement(), at=now - timedelta(days=1))
    step = hold(party, ClarificationKind.SECOND, SECOND, at=now)
    case = locked_case(session, party.case_id)
    work_case.change_urgency(session, case, Urgency.U2, reason="x", book=book, by=by, now=now)
    assert [clock.due_at for clock in clocks(session, case.id)] == [step.promise_due_at]

    work_case.close(session, case, CloseReason.WITHDRAWN, explanation="x", by=by, now=now)
    work_case.reopen(session, case, explanation="belum", book=book, by=by, now=now)

    states = {clock.state for clock in clocks(session, case.id)}
    assert states == {ClockState.CANCELLED, ClockState.RUNNING}
    assert {clock.due_at for clock in clocks(session, case.id)} == {step.promise_due_at}


def text_of(content: bytes) -> str:
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def record(browser: FlaskClient, party: Party, kind: str, at: datetime, **form: str) -> Any:
    data = {
        "party": str(party.id),
        "kind": kind,
        "held_at": f"{at.astimezone(JAKARTA):%Y-%m-%dT%H:%M}",
        **form,
    }
    return browser.post(f"/console/cases/{party.case.reference}/clarifications/record", data=data)


def test_the_forms_hold_what_the_annex_asks_and_nothing_more(
    placed: Callable[..., Party], signed_in_client: SignIn, session: Session, now: datetime
) -> None:
    party = placed("PT Contoh <Jaya> Çelik")
    case = party.case
    case.reporter.name = "Siti Çağlar Contoh"
    session.commit()
    browser = signed_in_client(Role.OFFICER)
    address = f"/console/cases/{case.reference}/clarifications"
    said = {
        "speaker": SECOND.speaker, "office": SECOND.office, "address": SECOND.address, "phone": SECOND.phone,
        "admits": "yes", "explanation": SECOND.explanation, "follow_up": SECOND.follow_up,
        "hindrance": SECOND.hindrance, "promises": "Membayar sisa gaji\n\nMengirim bukti “transfer”",
    }  # fmt: skip
    absent = record(
        browser, party, "first_clarification", now - timedelta(days=2), explanation="Diundang dua kali."
    )
    given = record(browser, party, "second_clarification", now, names_worker="1", **said)
    assert (absent.status_code, given.status_code) == (302, 302)
    session.rollback()
    first, second = session.scalars(select(Clarification).order_by(Clarification.held_at)).all()

    statement = browser.post(f"{address}/{second.id}/statement")
    minutes = browser.post(f"{address}/{second.id}/minutes")
    of_absent = browser.post(f"{address}/{first.id}/minutes")
    none = browser.post(f"{address}/{first.id}/statement", follow_redirects=True)

    assert statement.mimetype == "application/pdf"
    words = text_of(statement.data)
    for part in (
        "SURAT PERNYATAAN KLARIFIKASI KEDUA", SECOND.speaker, SECOND.office, SECOND.address, SECOND.phone,
        "PT Contoh <Jaya> Çelik", "Siti Çağlar Contoh", case.reference, "mengakui pelanggaran", SECOND.explanation,
        SECOND.follow_up, SECOND.hindrance, "1. Membayar sisa gaji", "2. Mengirim bukti “transfer”", "paling lambat",
    ):  # fmt: skip
        assert part in words, part
    assert "+966" not in words
    assert HARMLESS not in words
    assert "BERITA ACARA KLARIFIKASI KEDUA" in text_of(minutes.data)
    quiet = text_of(of_absent.data)
    assert "tidak hadir" in quiet
    assert "Siti" not in quiet
    assert "tidak disebut" in quiet
    assert "bukan giliran" in none.text
    session.rollback()
    made = session.scalars(select(Event).where(Event.kind == EventKind.FORM_EXPORTED)).all()
    assert sorted(event.data["form"] for event in made) == ["minutes", "minutes", "statement"]
    assert all(event.user_id for event in made)


def test_a_long_statement_goes_on_over_pages(
    placed: Callable[..., Party], signed_in_client: SignIn, session: Session, now: datetime
) -> None:
    party = placed()
    browser = signed_in_client(Role.OFFICER)
    long = "Kalimat panjang tentang gaji. " * 120
    record(
        browser, party, "first_clarification", now, speaker="R", admits="no", explanation=long, follow_up=long,
        promises="\n".join(f"janji {n}" for n in range(20)),
    )  # fmt: skip
    session.rollback()
    step = session.scalars(select(Clarification)).one()

    form = browser.post(f"/console/cases/{party.case.reference}/clarifications/{step.id}/minutes")

    assert len(PdfReader(io.BytesIO(form.data)).pages) >= 3
    assert "20. janji 19" in text_of(form.data)


def test_the_page_keeps_what_was_typed_when_something_is_missing(
    placed: Callable[..., Party], signed_in_client: SignIn, session: Session, now: datetime
) -> None:
    party = placed()
    browser = signed_in_client(Role.OFFICER)
    record(browser, party, "first_clarification", now - timedelta(days=1))

    refused = record(
        browser, party, "second_clarification", now, speaker="Ratna", admits="yes", explanation="<b>belum"
    )
    future = record(browser, party, "second_clarification", now + timedelta(days=1))
    out_of_turn = record(browser, party, "mediation", now)

    assert (refused.status_code, future.status_code, out_of_turn.status_code) == (409, 409, 409)
    assert "&lt;b&gt;belum" in refused.text
    assert "klarifikasi kedua memuat" in refused.text
    session.rollback()
    assert len(session.scalars(select(Clarification)).all()) == 1
    case_page = browser.get(f"/console/cases/{party.case.reference}").text
    assert f"/console/cases/{party.case.reference}/clarifications" in case_page


def test_the_api_records_judges_and_makes_forms(
    placed: Callable[..., Party], client: FlaskClient, bearer: Callable[[Role], dict[str, str]], now: datetime
) -> None:
    party = placed()
    headers = bearer(Role.OFFICER)
    base = f"/api/v1/cases/{party.case.reference}/clarifications"
    body = {"party": str(party.id), "kind": "first_clarification", "held_at": now.isoformat(), "admits": True,
            "speaker": "Ratna", "promises": ["Bayar"]}  # fmt: skip

    made = client.post(base, json=body, headers=headers)
    again = client.post(base, json=body, headers=headers)
    path = f"{base}/{made.json['id']}"
    form = client.post(f"{path}/statement", headers=headers)
    judged = client.post(f"{path}/promise", json={"result": "promise_broken"}, headers=headers)
    listed = client.get(base, headers=headers).json["items"]

    assert (made.status_code, again.status_code, form.status_code, judged.status_code) == (201, 409, 200, 200)
    assert "KLARIFIKASI PERTAMA" in text_of(form.data)
    assert [(one["kind"], one["result"]) for one in listed] == [("first_clarification", "promise_broken")]
    assert client.get(base, headers=bearer(Role.ADMIN)).status_code == 403
