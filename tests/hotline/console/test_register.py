"""Registering by hand: three fields, one page, one case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case
from cases.vocabulary import Role

SignedIn = Callable[[Role], FlaskClient]
TYPED = {
    "key": "0123456789abcdef",
    "channel": "walk_in",
    "what": LOCKED_IN,
    "where": "Jeddah",
    "reach": "lewat kakaknya",
    "relation": "family",
}


def test_the_queue_leads_to_the_form(signed_in_client: SignedIn) -> None:
    officer = signed_in_client(Role.OFFICER)

    assert 'href="/console/register"' in officer.get("/console/").text
    assert officer.get("/console/register").status_code == 200


def test_three_fields_open_a_case(signed_in_client: SignedIn, session: Session) -> None:
    answer = signed_in_client(Role.OFFICER).post("/console/register", data=TYPED, follow_redirects=True)

    case = session.scalars(select(Case)).one()
    assert answer.request.path == f"/console/cases/{case.reference}"
    for words in (
        case.reference,
        "Datang langsung",
        "Didaftarkan petugas",
        "Keluarga",
        "lewat kakaknya",
        "Jeddah",
    ):
        assert words in answer.text


def test_the_button_pressed_twice_opens_one(signed_in_client: SignedIn, session: Session) -> None:
    officer = signed_in_client(Role.OFFICER)
    for _ in range(2):
        assert officer.post("/console/register", data=TYPED).status_code == 302

    assert session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.parametrize("missing", ["what", "where", "reach", "channel"])
def test_what_was_typed_stays_when_something_is_missing(signed_in_client: SignedIn, missing: str) -> None:
    answer = signed_in_client(Role.OFFICER).post("/console/register", data={**TYPED, missing: ""})

    assert answer.status_code == 422
    assert "Tidak tersimpan" in answer.text
    assert TYPED["key"] in answer.text
    assert all(TYPED[name] in answer.text for name in ("what", "where", "reach") if name != missing)


def test_an_administrator_registers_nothing(signed_in_client: SignedIn, client: FlaskClient) -> None:
    assert signed_in_client(Role.ADMIN).get("/console/register").status_code == 403
    assert client.get("/console/register").status_code == 302


def test_the_page_is_there_in_english(signed_in_client: SignedIn) -> None:
    page = signed_in_client(Role.OFFICER).get("/console/register?lang=en").text

    for words in ("Register a report", "What happened", "How to reach", "Walk-in"):
        assert words in page
