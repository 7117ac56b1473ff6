"""Incidents at the API: one event with many cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import HARMLESS, LOCKED_IN

from cases.models import Case
from cases.rules.references import is_incident_reference
from cases.vocabulary import Role

OpenedCase = Callable[..., Case]
COMPOUND = {"title": "Kompleks penipuan di perbatasan", "kind": "scam_compound", "country": "MM"}


@pytest.fixture
def incident(officer: Any) -> str:
    answer = officer.post("/incidents", **COMPOUND)
    assert answer.status_code == 201, answer.text
    return str(answer.json["reference"])


def test_an_incident_is_opened_and_found_empty(officer: Any, incident: str) -> None:
    assert is_incident_reference(incident)
    shown = officer.get(f"/incidents/{incident}").json
    assert {name: shown[name] for name in COMPOUND} == COMPOUND
    assert (shown["open_cases"], shown["all_cases"], shown["urgency"], shown["cases"]) == (0, 0, None, [])
    assert officer.get(f"/incidents/{incident.lower()}").json == shown


@pytest.mark.parametrize(
    "change", [{"title": "   "}, {"title": "x" * 201}, {"kind": "party"}, {"country": "Myanmar"}]
)
def test_what_makes_no_sense_is_refused(officer: Any, change: dict[str, str]) -> None:
    assert officer.post("/incidents", **COMPOUND | change).status_code == 422
    assert officer.get("/incidents").json["items"] == []


def test_cases_join_and_are_counted(officer: Any, incident: str, opened_case: OpenedCase) -> None:
    urgent = opened_case(LOCKED_IN, sender="+966000000201").reference
    harmless = opened_case(HARMLESS, sender="+966000000202").reference
    for reference in (urgent, harmless):
        answer = officer.post(f"/cases/{reference}/incident", incident=incident)
        assert answer.status_code == 200, answer.text
        assert answer.json["incident"] == {"reference": incident, "title": COMPOUND["title"]}
    closing = {"reason": "withdrawn", "explanation": "selesai"}
    assert officer.post(f"/cases/{harmless}/close", **closing).status_code == 200

    [listed] = officer.get("/incidents").json["items"]
    assert (listed["open_cases"], listed["all_cases"], listed["urgency"]) == (1, 2, "U1")
    whole = officer.get(f"/incidents/{incident}").json
    assert [case["reference"] for case in whole["cases"]] == [harmless, urgent]
    assert [case["incident"]["reference"] for case in officer.get("/cases").json["items"]] == [incident] * 2


def test_the_cases_of_an_incident_come_in_pages(officer: Any, incident: str, opened_case: OpenedCase) -> None:
    opened = [opened_case(HARMLESS, sender=f"+96600000020{n}").reference for n in range(3)]
    for reference in opened:
        officer.post(f"/cases/{reference}/incident", incident=incident)
    first = officer.get(f"/incidents/{incident}", limit=2).json
    second = officer.get(f"/incidents/{incident}", limit=2, cursor=first["next_cursor"]).json
    assert [case["reference"] for case in first["cases"] + second["cases"]] == opened[::-1]
    assert second["next_cursor"] is None


def test_joining_and_leaving_are_lines_in_the_log(
    officer: Any, incident: str, opened_case: OpenedCase
) -> None:
    reference = opened_case(HARMLESS).reference
    before = officer.version(reference)
    joined = officer.post(f"/cases/{reference}/incident", incident=incident)
    assert joined.headers["ETag"] != before
    again = officer.post(f"/cases/{reference}/incident", incident=incident)
    assert again.headers["ETag"] == joined.headers["ETag"]
    left = officer.delete(f"/cases/{reference}/incident")
    assert left.status_code == 200, left.text
    assert left.json["incident"] is None
    assert officer.delete(f"/cases/{reference}/incident").status_code == 409
    lines = [
        (event["kind"], event["data"]["incident"])
        for event in officer.get(f"/cases/{reference}").json["events"]
        if event["kind"].startswith("incident_")
    ]
    assert lines == [("incident_joined", incident), ("incident_left", incident)]


def test_a_case_belongs_to_one_incident(officer: Any, incident: str, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    officer.post(f"/cases/{reference}/incident", incident=incident)
    other = officer.post("/incidents", **COMPOUND).json["reference"]
    answer = officer.post(f"/cases/{reference}/incident", incident=other)
    assert (answer.status_code, answer.json["errors"]) == (409, {"code": "wrong_state", "incident": incident})
    assert officer.get(f"/incidents/{other}").json["all_cases"] == 0


def test_a_closed_incident_takes_no_case(officer: Any, incident: str, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    answer = officer.post(f"/incidents/{incident}/close")
    assert answer.status_code == 200, answer.text
    assert answer.json["closed_at"] is not None
    assert officer.post(f"/cases/{reference}/incident", incident=incident).status_code == 409
    assert officer.post(f"/incidents/{incident}/close").status_code == 409
    assert officer.get(f"/cases/{reference}").json["incident"] is None


def test_what_is_not_there_is_not_found(officer: Any, incident: str, opened_case: OpenedCase) -> None:
    reference = opened_case(HARMLESS).reference
    nowhere = incident[:-1] + ("0" if incident[-1] != "0" else "1")
    assert officer.get(f"/incidents/{nowhere}").status_code == 404
    assert officer.post(f"/incidents/{nowhere}/close").status_code == 404
    assert officer.post(f"/cases/{reference}/incident", incident=nowhere).status_code == 404
    assert officer.post("/cases/TRC-2601-00001X/incident", incident=incident).status_code == 404


def test_the_list_comes_in_pages(officer: Any) -> None:
    made = [officer.post("/incidents", **COMPOUND).json["reference"] for _ in range(3)]
    first = officer.get("/incidents", limit=2).json
    second = officer.get("/incidents", limit=2, cursor=first["next_cursor"]).json
    assert [item["reference"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


def test_the_list_costs_the_same_however_long(
    officer: Any, opened_case: OpenedCase, statements: Callable[[], Any]
) -> None:
    def make(number: int) -> None:
        reference = officer.post("/incidents", **COMPOUND).json["reference"]
        case = opened_case(HARMLESS, sender=f"+96600000020{number}").reference
        officer.post(f"/cases/{case}/incident", incident=reference)

    make(0)
    with statements() as few:
        officer.get("/incidents")
    for number in range(1, 5):
        make(number)
    with statements() as many:
        assert len(officer.get("/incidents").json["items"]) == 5
    assert len(many) == len(few)


def test_who_sees_no_cases_sees_no_incidents(caller: Callable[..., Any], incident: str) -> None:
    admin = caller(Role.ADMIN)
    assert admin.get("/incidents").status_code == 403
    assert admin.get(f"/incidents/{incident}").status_code == 403
    assert admin.post("/incidents", **COMPOUND).status_code == 403
    assert caller(Role.SUPERVISOR).get(f"/incidents/{incident}").status_code == 200
