"""The verbs: what officers do with a case, and what agencies answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cast import HARMLESS, LOCKED_IN

from cases.models import Agency, Case
from cases.vocabulary import Role

OpenedCase = Callable[..., Case]


def test_a_reply_is_queued(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    answer = officer.post(f"/cases/{reference}/messages", body="Selamat pagi, kami baca pesan Anda.")
    assert answer.status_code == 201, answer.text
    assert (answer.json["direction"], answer.json["delivery"]) == ("out", "waiting")
    messages = officer.get(f"/cases/{reference}").json["messages"]
    assert answer.json["id"] in {message["id"] for message in messages}


def test_a_reply_that_would_betray_her_is_refused(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(LOCKED_IN).reference
    answer = officer.post(f"/cases/{reference}/messages", body="Ini dari KBRI, polisi akan datang")
    assert answer.status_code == 409
    assert answer.json["errors"]["code"] == "contact_forbidden"
    assert answer.json["errors"]["words"] == ["kbri", "polisi"]


def test_a_note_is_kept(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    answer = officer.post(f"/cases/{reference}/notes", body="  Menunggu kabar.  ")
    assert answer.status_code == 201, answer.text
    assert answer.json["body"] == "Menunggu kabar."
    assert officer.get(f"/cases/{reference}").json["notes"] == [answer.json]
    assert officer.post(f"/cases/{reference}/notes", body="   ").status_code == 422


def test_a_case_is_taken_once(caller: Callable[..., Any], opened_case: OpenedCase) -> None:
    reference = opened_case(LOCKED_IN).reference
    taken = caller().post(f"/cases/{reference}/assignment", user_id="me")
    assert taken.status_code == 200, taken.text
    assert taken.json["status"] == "open"
    assert taken.json["owner"]["role"] == "officer"
    late = caller(Role.SUPERVISOR).post(f"/cases/{reference}/assignment", user_id="me")
    assert late.status_code == 409
    assert late.json["errors"]["owner"] == taken.json["owner"]["name"]


def test_a_case_is_given_to_somebody(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(LOCKED_IN).reference
    somebody = officer.get("/users").json["items"][0]
    given = officer.post(f"/cases/{reference}/assignment", user_id=somebody["id"])
    assert given.status_code == 200, given.text
    assert given.json["owner"] == somebody
    nobody = officer.post(f"/cases/{reference}/assignment", user_id="0" * 32)
    assert nobody.status_code == 422
    assert officer.post(f"/cases/{reference}/assignment", user_id="you").status_code == 422


def test_contact_by_other_means_keeps_the_promise(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(LOCKED_IN).reference
    assert officer.post(f"/cases/{reference}/contact", outcome="not_safe").status_code == 200
    clocks = officer.get(f"/cases/{reference}").json["clocks"]
    assert {clock["state"] for clock in clocks if clock["step"] == "safe_contact"} <= {"met"}
    assert officer.post(f"/cases/{reference}/contact", outcome="perhaps").status_code == 422


def test_a_case_is_closed_and_taken_up_again(officer: Any, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    ended = officer.post(f"/cases/{reference}/close", reason="withdrawn", explanation="sudah dijawab")
    assert ended.status_code == 200, ended.text
    assert (ended.json["status"], ended.json["close_reason"]) == ("closed", "withdrawn")
    twice = officer.post(f"/cases/{reference}/close", reason="withdrawn", explanation="lagi")
    assert twice.status_code == 409
    assert twice.json["errors"]["code"] == "wrong_state"
    again = officer.post(f"/cases/{reference}/reopen", explanation="dia menulis lagi")
    assert again.status_code == 200, again.text
    assert again.json["status"] == "new"
    assert officer.post(f"/cases/{reference}/reopen", explanation="lagi").status_code == 409


def test_an_agency_is_asked_and_answers(officer: Any, opened_case: OpenedCase, police: Agency) -> None:
    reference = opened_case(HARMLESS).reference
    path = f"/cases/{reference}/referrals"
    without = officer.post(path, agency=police.key, request="jemput")
    assert without.status_code == 422
    assert without.json["errors"]["field"] == "basis"
    asked = officer.post(path, agency=police.key, basis="vital_interest", request="jemput")
    assert asked.status_code == 201, asked.text
    assert (asked.json["status"], asked.json["agency"]["key"]) == ("sent", police.key)
    assert officer.post(path, agency=str(police.id), basis="consent").status_code == 409
    assert officer.post(path, agency="nobody", basis="consent").status_code == 422

    referral = f"/referrals/{asked.json['id']}"
    assert officer.post(f"{referral}/done").status_code == 409
    assert officer.post(f"{referral}/accept").json["status"] == "accepted"
    assert officer.post(f"{referral}/accept").status_code == 200
    assert officer.post(f"{referral}/done", explanation="dijemput").json["status"] == "done"
    listed = officer.get("/referrals", case=reference, agency=police.key, status="done").json
    assert [item["id"] for item in listed["items"]] == [asked.json["id"]]


def test_an_agency_gives_a_case_back(officer: Any, opened_case: OpenedCase, police: Agency) -> None:
    reference = opened_case(HARMLESS).reference
    asked = officer.post(f"/cases/{reference}/referrals", agency=police.key, basis="consent").json
    path = f"/referrals/{asked['id']}/reject"
    assert officer.post(path).status_code == 422
    back = officer.post(path, reason="not_ours", explanation="bukan wilayah kami")
    assert back.status_code == 200, back.text
    assert (back.json["status"], back.json["reject_reason"]) == ("rejected", "not_ours")
    kinds = {item["agency"]["kind"] for item in officer.get("/referrals", case=reference).json["items"]}
    assert "duty_room" in kinds


def test_a_referral_that_is_not_there(officer: Any) -> None:
    answer = officer.post("/referrals/00000000-0000-0000-0000-000000000000/accept")
    assert answer.status_code == 404
    assert officer.post("/referrals/1/accept").status_code == 404


def test_promises_are_listed_the_earliest_due_first(officer: Any, opened_case: OpenedCase) -> None:
    opened_case(LOCKED_IN)
    opened_case(HARMLESS, sender="+966000000222")
    clocks = officer.get("/clocks", state="running").json["items"]
    assert clocks
    assert [clock["due_at"] for clock in clocks] == sorted(clock["due_at"] for clock in clocks)
    page = officer.get("/clocks", limit=1).json
    rest = officer.get("/clocks", cursor=page["next_cursor"]).json["items"]
    assert page["items"][0]["id"] not in {clock["id"] for clock in rest}
    assert all(clock["step"] == "read" for clock in officer.get("/clocks", step="read").json["items"])


def test_agencies_are_found(officer: Any) -> None:
    everything = officer.get("/agencies", limit=200).json["items"]
    assert everything
    abroad = officer.get("/agencies", kind="mission", country="SA").json["items"]
    assert abroad
    assert all(agency["kind"] == "mission" for agency in abroad)
    name = everything[0]["name"]
    assert name in {agency["name"] for agency in officer.get("/agencies", q=name.upper()).json["items"]}
    page = officer.get("/agencies", limit=1).json
    second = officer.get("/agencies", limit=1, cursor=page["next_cursor"]).json["items"]
    assert second == everything[1:2]
