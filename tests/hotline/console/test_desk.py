"""The case page as a desk: next step, follow-ups, needs, consent, history, timeline."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from cast import LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, CaseNeed, Consent, Message, Task
from cases.vocabulary import NeedState, Role

SignIn = Callable[[Role], FlaskClient]


@pytest.fixture
def desk(opened_case: Callable[..., Case], signed_in_client: SignIn) -> tuple[str, FlaskClient, Case]:
    case = opened_case("halo, gaji saya belum dibayar")
    return f"/console/cases/{case.reference}", signed_in_client(Role.OFFICER), case


def next_step(page: str) -> str:
    found = re.search(r'id="next-step" data-step="(\w+)"', page)
    assert found
    return found.group(1)


def test_the_next_thing_is_on_top_and_moves_on(desk: Any) -> None:
    url, berta, _ = desk
    assert next_step(berta.get(url).text) == "claim"
    berta.post(f"{url}/claim")
    assert next_step(berta.get(url).text) == "plan"
    plan = {
        "reply": "allowed",
        "call": "forbidden",
        "voice_note": "unknown",
        "family": "unknown",
        "holder": "self",
    }
    berta.post(f"{url}/plan", data=plan | {"version": "0"})
    assert next_step(berta.get(url).text) == "answer"
    berta.post(f"{url}/reply", data={"reply_body": "halo kak"})
    assert next_step(berta.get(url).text) not in {"answer", "plan", "claim"}


def test_follow_ups_mentions_and_a_changed_date(desk: Any, staff: Any, session: Session) -> None:
    url, berta, _ = desk
    dana = staff(Role.SUPERVISOR)
    form = {"task_words": "telepon keluarga", "task_due": "2026-12-01T09:30", "task_to": str(dana.id)}
    assert berta.post(f"{url}/follow_up", data=form).status_code == 302
    assert berta.post(f"{url}/note", data={"note_body": f"@{dana.name} tolong"}).status_code == 302
    page = berta.get(url).text
    assert "telepon keluarga" in page
    assert "Anda disebut dalam catatan" in page
    session.rollback()
    task = session.scalars(select(Task).where(Task.words.is_not(None))).one()
    assert task.due_at is not None
    assert task.due_at.isoformat() == "2026-12-01T02:30:00+00:00"
    change = {"task": str(task.id), "version": "1", "task_due": "2026-12-02T09:30", "task_to": ""}
    assert berta.post(f"{url}/change_task", data=change).status_code == 302
    stale = berta.post(f"{url}/change_task", data=change)
    assert stale.status_code == 409
    assert 'id="stale-save"' in stale.text
    refused = berta.post(f"{url}/follow_up", data={"task_words": "", "task_due": "x"})
    assert refused.status_code == 409


def test_needs_and_consent_are_kept_with_what_was_said(desk: Any, session: Session) -> None:
    url, berta, case = desk
    form = {"need": "shelter", "state": "needed", "need_note": "dua orang", "version": "0"}
    assert berta.post(f"{url}/need", data=form).status_code == 302
    stale = berta.post(f"{url}/need", data=form | {"state": "need_met"})
    assert stale.status_code == 409
    assert "Dibutuhkan" in stale.text.partition('id="stale-save"')[2]
    said_in = session.scalars(select(Message.id).where(Message.case_id == case.id).limit(1)).one()
    consent = {"purpose": "assistance", "given": "yes", "consent_message": str(said_in)}
    assert berta.post(f"{url}/consent", data=consent).status_code == 302
    nothing = berta.post(f"{url}/consent", data={"purpose": "assistance", "given": "no"})
    assert nothing.status_code == 409
    session.rollback()
    assert session.scalars(select(CaseNeed.state)).one() is NeedState.NEEDED
    assert session.scalars(select(Consent.message_id)).one() == said_in
    page = berta.get(url).text
    assert f'href="#message-{said_in}"' in page
    assert "Riwayat tiap isian" in page
    assert 'data-group="looks"' in page


def test_the_page_asks_as_much_of_the_database_however_much_there_is(
    opened_case: Callable[..., Case],
    post_message: Callable[..., Any],
    signed_in_client: SignIn,
    statements: Any,
) -> None:
    case = opened_case(LOCKED_IN, sender="+966000000351")
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}/body"

    def asked() -> int:
        with statements() as seen:
            assert browser.get(url).status_code == 200
        return len(seen)

    few = asked()
    for number in range(6):
        post_message("tolong saya disekap majikan sudah dua hari", sender="+966000000351")
        opened_case(LOCKED_IN, sender=f"+96600000036{number}")
        case_url = f"/console/cases/{case.reference}"
        browser.post(f"{case_url}/note", data={"note_body": f"catatan {number}"})
        browser.post(f"{case_url}/follow_up", data={"task_words": f"tugas {number}"})
        browser.post(f"{case_url}/party", data={"role": "witness", "party_name": f"Saksi {number}"})
    assert asked() <= few + 2
