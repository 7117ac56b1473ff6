"""The case page: moves by the table, grounds, two to close, the path of a family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cast import HARMLESS, LOCKED_IN
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, ClosingRequest, PathStep
from cases.vocabulary import CaseStatus, ClosingOutcome, PathStepState, Role

Opened = Callable[..., Case]
SignIn = Callable[[Role], FlaskClient]


def test_a_case_moves_by_its_form_and_a_refused_move_says_what_is_possible(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    refused = browser.post(f"{url}/move", data={"status": "resolved", "move_why": "sudah"})
    assert refused.status_code == 409
    assert "Yang mungkin: Ditriase, Ditangani, Ditutup" in refused.text
    browser.post(f"{url}/claim")
    form = {"status": "waiting_for_worker", "about": "papers", "move_why": "paspor", "was": "open"}
    assert browser.post(f"{url}/move", data=form | {"about": ""}).status_code == 409
    assert browser.post(f"{url}/move", data=form).status_code == 302
    stale = browser.post(f"{url}/move", data=form | {"status": "resolved"})
    assert stale.status_code == 409
    assert "paspor" in stale.text
    session.rollback()
    session.refresh(case)
    assert case.status is CaseStatus.WAITING_FOR_WORKER
    page = browser.get(url).text
    assert "Status diubah" in page
    assert "dokumen dari pelapor" in page


def test_the_page_shows_on_what_each_ground_rests(opened_case: Opened, signed_in_client: SignIn) -> None:
    case = opened_case(HARMLESS)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    page = browser.get(url).text
    assert "undang-undang: Peraturan BP2MI 6/2024 art. 30" in page
    assert "mungkin sejak" in page
    early = {"close_reason": "unreachable", "explanation": "tidak dijawab"}
    refused = browser.post(f"{url}/close", data=early)
    assert refused.status_code == 409
    assert "baru mungkin sejak" in refused.text


def test_two_people_close_a_case_of_violence(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    officer, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    form = {"close_reason": "withdrawn", "explanation": "ia minta", "safety_note": "di rumah ibunya"}
    assert officer.post(f"{url}/close", data=form | {"safety_note": ""}).status_code == 409
    assert officer.post(f"{url}/close", data=form).status_code == 302
    asked = session.scalars(select(ClosingRequest)).one()
    assert officer.post(f"{url}/confirm_closing", data={"request": str(asked.id)}).status_code == 409
    supervisor = signed_in_client(Role.SUPERVISOR)
    assert "di rumah ibunya" in supervisor.get(url).text
    assert supervisor.post(f"{url}/confirm_closing", data={"request": str(asked.id)}).status_code == 302
    session.rollback()
    session.refresh(case)
    session.refresh(asked)
    assert (case.status, asked.outcome) == (CaseStatus.CLOSED, ClosingOutcome.CONFIRMED)
    assert "Pemeriksaan setelah ditutup" in supervisor.get(url).text


def test_the_path_of_the_family_is_ticked_with_its_version(
    opened_case: Opened, signed_in_client: SignIn, session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    browser, url = signed_in_client(Role.OFFICER), f"/console/cases/{case.reference}"
    page = browser.get(url).text
    assert "Kekerasan: keselamatan dulu" in page
    form = {"step": "safe_now", "state": "done_step", "path_note": "lewat teman", "version": "0"}
    assert browser.post(f"{url}/path", data=form).status_code == 302
    lost = browser.post(f"{url}/path", data=form | {"state": "open_step", "path_note": "jangan hilang"})
    assert lost.status_code == 409
    assert "jangan hilang" in lost.text
    assert browser.post(f"{url}/path", data=form | {"step": "nothing"}).status_code == 409
    line = session.scalars(select(PathStep)).one()
    assert (line.state, line.note, line.version) == (PathStepState.DONE, "lewat teman", 1)
    assert "Violence: safety first" in browser.get(f"{url}?lang=en").text


def test_the_api_moves_closes_by_two_and_ticks(
    opened_case: Opened, client: FlaskClient, token: Callable[[Role], str], session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    url = f"/api/v1/cases/{case.reference}"
    officer, supervisor = (
        {"Authorization": f"Bearer {token(role)}"} for role in (Role.OFFICER, Role.SUPERVISOR)
    )

    def post(path: str, body: dict[str, Any], who: dict[str, str]) -> Any:
        return client.post(f"{url}/{path}", json=body, headers=who)

    refused = post("status", {"status": "resolved", "explanation": "x"}, officer)
    assert refused.status_code == 409
    assert refused.json["errors"]["possible"] == ["triaged", "open", "closed"]
    assert post("status", {"status": "triaged"}, officer).json["status"] == "triaged"
    asked = post("close", {"reason": "withdrawn", "explanation": "ia minta", "safety_note": "aman"}, officer)
    assert (asked.status_code, asked.json["status"]) == (200, "triaged")
    shown = client.get(f"{url}/closing", headers=supervisor).json
    assert {one["reason"]: one["basis"] for one in shown["grounds"]}["unreachable"] == "law"
    request = shown["waiting"]["request"]
    assert post("closing/confirm", {"request": request}, officer).status_code == 403
    confirmed = post("closing/confirm", {"request": request}, supervisor)
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "closed")
    assert len(client.get(f"{url}/closing", headers=supervisor).json["checks"]) == 3
    lists = client.get(f"{url}/path", headers=officer).json
    assert lists["parts"][0]["family"] == "violence"
    tick = {"state": "done_step"}
    assert client.put(f"{url}/path/safe_now", json=tick, headers=officer).status_code == 428
    right = officer | {"If-Match": '"0"'}
    assert client.put(f"{url}/path/safe_now", json=tick, headers=right).status_code == 200
    assert client.put(f"{url}/path/safe_now", json=tick, headers=right).status_code == 412
    assert client.put(f"{url}/path/nothing", json=tick, headers=right).status_code == 404
