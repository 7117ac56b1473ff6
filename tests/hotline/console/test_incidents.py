"""Incidents in the console."""

from __future__ import annotations

import re
from collections.abc import Callable

from cast import HARMLESS
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Incident
from cases.vocabulary import Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]
NEW = {"incident_title": "Gempa <besar>", "incident_kind": "disaster"}


def path_of(case: Case, verb: str) -> str:
    return f"/console/cases/{case.reference}/incident/{verb}"


def test_no_incidents_yet(signed_in_client: SignIn) -> None:
    browser = signed_in_client(Role.OFFICER)

    assert "Belum ada peristiwa massal." in browser.get("/console/incidents").text
    assert "No incidents yet." in browser.get("/console/incidents?lang=en").text


def test_one_is_opened_from_a_case_and_another_case_joins(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    first = opened_case(HARMLESS, sender="+966000000201")
    second = opened_case(HARMLESS, sender="+966000000202")
    browser = signed_in_client(Role.OFFICER)

    assert browser.post(path_of(first, "open"), data=NEW).status_code == 302
    session.rollback()
    reference = session.scalars(select(Incident.reference)).one()
    joined = browser.post(path_of(second, "join"), data={"incident_reference": f" {reference.lower()} "})

    assert joined.status_code == 302
    page = browser.get(f"/console/incidents/{reference}").text
    assert re.findall(r"/console/cases/(TRC-[0-9A-Z-]+)", page) == [second.reference, first.reference]
    assert "Gempa &lt;besar&gt;" in page
    assert "<besar>" not in page
    assert "2 / 2" in browser.get("/console/incidents").text
    assert browser.get("/console/").text.count(f'href="/console/incidents/{reference}"') == 2
    assert path_of(first, "leave") in browser.get(f"/console/cases/{first.reference}").text


def test_a_case_is_taken_out(opened_case: Opened, signed_in_client: SignIn, session: Session) -> None:
    case = opened_case(HARMLESS)
    browser = signed_in_client(Role.OFFICER)
    browser.post(path_of(case, "open"), data=NEW)

    assert browser.post(path_of(case, "leave")).status_code == 302

    session.rollback()
    assert session.get_one(Case, case.id).incident_id is None


def test_a_refusal_is_told_and_keeps_what_was_typed(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(HARMLESS)
    browser = signed_in_client(Role.OFFICER)

    unknown = browser.post(path_of(case, "join"), data={"incident_reference": "PM-2601-0019"})
    no_kind = browser.post(path_of(case, "open"), data=NEW | {"incident_kind": "party"})

    assert (unknown.status_code, no_kind.status_code) == (409, 409)
    assert "tidak ada peristiwa dengan nomor itu" in unknown.text
    assert 'value="PM-2601-0019"' in unknown.text
    assert 'value="Gempa &lt;besar&gt;"' in no_kind.text
    session.rollback()
    assert session.scalars(select(Incident)).all() == []


def test_a_closed_incident_takes_no_case(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    first = opened_case(HARMLESS, sender="+966000000201")
    second = opened_case(HARMLESS, sender="+966000000202")
    browser = signed_in_client(Role.SUPERVISOR)
    browser.post(path_of(first, "open"), data=NEW)
    session.rollback()
    reference = session.scalars(select(Incident.reference)).one()

    closed = browser.post(f"/console/incidents/{reference}/close", follow_redirects=True)
    late = browser.post(path_of(second, "join"), data={"incident_reference": reference})
    again = browser.post(f"/console/incidents/{reference}/close", follow_redirects=True)

    assert "Tutup peristiwa" not in closed.text
    assert late.status_code == 409
    assert f"peristiwa {reference} sudah ditutup" in late.text
    assert f"peristiwa {reference} sudah ditutup" in again.text


def test_an_administrator_sees_no_incidents(signed_in_client: SignIn) -> None:
    assert signed_in_client(Role.ADMIN).get("/console/incidents").status_code == 403
