"""The end of a shift: a note made from what changed, and each case given over with its own result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Handover, User
from cases.queries.find_case import locked_case
from cases.vocabulary import Actor, CloseReason, Role
from escalation.services import work_case


@pytest.fixture
def mine(opened_case: Callable[..., Case], acting: Callable[[Role], Actor], session: Session) -> list[Case]:
    cases = [opened_case(LOCKED_IN), opened_case("gaji belum dibayar", sender="+966000000222")]
    for case in cases:
        work_case.claim(
            session, locked_case(session, case.id), by=acting(Role.OFFICER), now=datetime.now(UTC)
        )
    session.commit()
    return cases


def test_the_note_tells_what_changed_and_no_words_of_hers(
    mine: list[Case], signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    page = signed_in_client(Role.OFFICER).get("/console/handover").text
    for case in mine:
        assert f"{case.reference} · {case.urgency.value}" in page
    assert "Berubah: " in page
    assert "Tenggat (WIB): " in page
    assert "Berikutnya: " in page
    assert "disekap" not in page
    assert AMINA not in page


def test_each_case_goes_over_with_its_own_result(
    mine: list[Case],
    signed_in_client: Callable[[Role], FlaskClient],
    acting: Callable[[Role], Actor],
    staff: Callable[[Role], User],
    session: Session,
) -> None:
    officer, receiver = signed_in_client(Role.OFFICER), staff(Role.SUPERVISOR)
    work_case.close(
        session,
        locked_case(session, mine[1].id),
        CloseReason.WITHDRAWN,
        explanation="begitu",
        by=acting(Role.OFFICER),
        now=datetime.now(UTC),
    )
    session.commit()
    form: dict[str, Any] = {
        "to": str(receiver.id),
        "words": "Amina: telepon jam 20",
        "hours": "8",
        "case": [one.reference for one in mine],
    }

    answer = officer.post("/console/handover", data=form)

    assert answer.status_code == 409
    assert "Ditolak:" in answer.text
    session.rollback()
    note = session.scalars(select(Handover)).one()
    assert (note.cases, note.words, note.seen_at) == ([mine[0].reference], "Amina: telepon jam 20", None)
    session.refresh(mine[0])
    assert mine[0].owner_id == receiver.id
    theirs = signed_in_client(Role.SUPERVISOR)
    assert "Catatan serah terima dari" in theirs.get("/console/tasks").text
    assert "Amina: telepon jam 20" in theirs.get("/console/handover").text
    assert officer.post(f"/console/handover/{note.id}/seen").status_code == 404
    assert theirs.post(f"/console/handover/{note.id}/seen").status_code == 302
    session.refresh(note)
    assert note.seen_at is not None


def test_a_note_without_words_or_to_oneself_is_refused(
    mine: list[Case], signed_in_client: Callable[[Role], FlaskClient], staff: Callable[[Role], User]
) -> None:
    browser = signed_in_client(Role.OFFICER)
    to_me = {"to": str(staff(Role.OFFICER).id), "words": "halo"}
    assert browser.post("/console/handover", data=to_me).status_code == 409
    empty = {"to": str(staff(Role.SUPERVISOR).id), "words": " "}
    assert browser.post("/console/handover", data=empty).status_code == 409
    kept = browser.post("/console/handover", data={"to": "x", "words": "tetap di sini"})
    assert "tetap di sini</textarea>" in kept.text


def test_the_page_costs_the_same_for_one_case_and_for_two(
    mine: list[Case],
    signed_in_client: Callable[[Role], FlaskClient],
    statements: Callable[[], Any],
    acting: Callable[[Role], Actor],
    staff: Callable[[Role], User],
    session: Session,
) -> None:
    browser = signed_in_client(Role.OFFICER)
    browser.get("/console/handover")
    with statements() as two:
        browser.get("/console/handover")
    work_case.assign(
        session,
        locked_case(session, mine[1].id),
        to=staff(Role.SUPERVISOR).id,
        by=acting(Role.OFFICER),
        now=datetime.now(UTC),
    )
    session.commit()
    with statements() as one:
        browser.get("/console/handover")
    assert len(one) == len(two)
