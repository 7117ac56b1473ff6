"""The case page, and what an officer does there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from cast import HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message, Note
from cases.services import outbox
from cases.vocabulary import (
    CaseStatus,
    ClockState,
    Direction,
    EventKind,
    MessageKind,
    Role,
    Step,
    Urgency,
)
from escalation.models import Clock

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


def test_evidence_is_marked_and_everything_is_escaped(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case("<script>alert(1)</script> saya disekap majikan")

    page = signed_in_client(Role.OFFICER).get(f"/console/cases/{case.reference}").text

    # Marks may stand between the pieces of what she wrote; each piece is escaped.
    assert not re.search(r"<script>\s*(<mark[^>]*>)?\s*alert", page)
    assert re.search(r"&lt;(<mark[^>]*>)?script", page)
    assert '<mark class="evidence evidence-U1"' in page


def test_opening_a_case_is_a_line_in_its_log(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    browser = signed_in_client(Role.OFFICER)

    browser.get(f"/console/cases/{case.reference}")
    browser.get(f"/console/cases/{case.reference}/body")

    session.rollback()
    reads = session.scalars(select(Event).where(Event.kind == EventKind.READ)).all()
    assert len(reads) == 1
    assert reads[0].user_id is not None


def test_the_first_to_claim_wins_and_the_second_is_told_who(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)

    first = signed_in_client(Role.OFFICER).post(f"/console/cases/{case.reference}/claim")
    second = signed_in_client(Role.SUPERVISOR).post(f"/console/cases/{case.reference}/claim")

    session.rollback()
    session.refresh(case)
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Petugas piket (contoh)" in second.text
    assert case.status is CaseStatus.OPEN
    met = {c.step for c in session.scalars(select(Clock).where(Clock.state == ClockState.MET))}
    assert met == {Step.READ, Step.ASSIGN}


def test_a_betraying_reply_is_refused_and_stays_in_its_box(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)

    answer = signed_in_client(Role.OFFICER).post(
        f"/console/cases/{case.reference}/reply", data={"reply_body": "Ini KBRI, kasus Anda kami terima"}
    )

    session.rollback()
    assert answer.status_code == 409
    assert "kbri, kasus" in answer.text
    assert "Ini KBRI, kasus Anda kami terima</textarea>" in answer.text
    to_her = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
    assert session.scalars(to_her).all() == []


def test_a_neutral_reply_leaves_and_keeps_the_promise(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)

    answer = signed_in_client(Role.OFFICER).post(
        f"/console/cases/{case.reference}/reply", data={"reply_body": "Halo kak, jam berapa enaknya?"}
    )

    session.rollback()
    assert answer.status_code == 302
    reply = session.scalars(select(Message).where(Message.kind == MessageKind.REPLY)).one()
    assert reply.body == "Halo kak, jam berapa enaknya?"
    contact = session.scalars(select(Clock).where(Clock.step == Step.SAFE_CONTACT)).one()
    assert contact.state is ClockState.MET


def test_nothing_is_sent_to_somebody_who_forbade_it(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case("tolong, jangan balas ya, saya dipukul")
    browser = signed_in_client(Role.OFFICER)

    replied = browser.post(f"/console/cases/{case.reference}/reply", data={"reply_body": "halo"})
    greeted = browser.post(f"/console/cases/{case.reference}/greet")

    session.rollback()
    assert (replied.status_code, greeted.status_code) == (409, 409)
    to_her = select(Message).where(Message.direction == Direction.OUT, Message.identifier_id.is_not(None))
    assert session.scalars(to_her).all() == []


def test_notes_urgency_and_closing(opened_case: Opened, signed_in_client: SignIn, session: Session) -> None:
    case = opened_case(HARMLESS)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"

    assert browser.post(f"{url}/note", data={"note_body": "telepon keluarga"}).status_code == 302
    assert browser.post(f"{url}/urgency", data={"urgency": "U1", "reason": ""}).status_code == 409
    assert browser.post(f"{url}/urgency", data={"urgency": "U1", "reason": "ada ancaman"}).status_code == 302
    session.rollback()
    session.refresh(case)
    assert case.urgency is Urgency.U1
    assert session.scalars(select(Note.body)).all() == ["telepon keluarga"]

    closing = {"close_reason": "withdrawn", "explanation": "sudah pulang"}
    assert browser.post(f"{url}/close", data=closing).status_code == 302
    session.rollback()
    session.refresh(case)
    assert case.status is CaseStatus.CLOSED
    assert session.scalars(select(Clock).where(Clock.next_at.is_not(None))).all() == []
    assert browser.post(f"{url}/reopen", data={"explanation": "menulis lagi"}).status_code == 302


def test_an_unknown_case_is_a_plain_404(signed_in_client: SignIn) -> None:
    answer = signed_in_client(Role.OFFICER).get("/console/cases/TRC-2611-99999X")

    assert answer.status_code == 404
    assert "Halaman ini tidak ada." in answer.text


def test_forms_need_their_token(opened_case: Opened, signed_in_client: SignIn, app: object) -> None:
    case = opened_case(LOCKED_IN)
    app.config["WTF_CSRF_ENABLED"] = True  # type: ignore[attr-defined]
    try:
        answer = signed_in_client(Role.OFFICER).post(f"/console/cases/{case.reference}/claim")
    finally:
        app.config["WTF_CSRF_ENABLED"] = False  # type: ignore[attr-defined]

    assert answer.status_code == 400


def test_the_page_tells_what_was_tried_what_came_back_and_what_is_next(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    now = datetime.now(UTC)
    message = session.scalars(select(Message).where(Message.kind == MessageKind.PAGE)).first()
    assert message is not None
    outbox.begin_attempt(session, message.id, now=now)
    outbox.record_unknown(session, message.id, reason="ReadTimeout", now=now)
    session.commit()
    browser = signed_in_client(Role.OFFICER)

    page = browser.get(f"/console/cases/{case.reference}").text
    assert "nobody saw how it ended" not in page
    assert "hasilnya tidak diketahui" in page
    assert "akan dicari di penyedia sebelum dicoba lagi" in page

    outbox.record_receipt(session, message.id, sid="SM1", status="delivered", error_code=0, now=now)
    session.commit()
    page = browser.get(f"/console/cases/{case.reference}").text
    assert "diterima penyedia" in page
    assert "Riwayat pengiriman: selesai" in page
