"""Employers, recruiters and P3MI at the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import HARMLESS

from cases.models import Case
from cases.vocabulary import Role

OpenedCase = Callable[..., Case]
PLACER = {"role": "p3mi", "name": "PT Contoh Jaya", "country": "ID"}


@pytest.fixture
def company(officer: Any) -> str:
    answer = officer.post("/companies", **PLACER)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def party(officer: Any, case: Case, name: str, role: str = "employer") -> Any:
    answer = officer.post(f"/cases/{case.reference}/parties", role=role, name=name)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_it_is_made_found_and_shown(officer: Any, company: str) -> None:
    shown = officer.get(f"/companies/{company}").json

    assert {name: shown[name] for name in PLACER} == PLACER
    assert (shown["names"], shown["numbers"], shown["cases"], shown["merged_into"]) == (
        [PLACER["name"]],
        [],
        [],
        None,
    )
    assert [one["id"] for one in officer.get("/companies").json["items"]] == [company]
    assert officer.get("/companies", role="employer").json["items"] == []
    assert officer.get("/companies", role="witness").status_code == 422
    assert [one["id"] for one in officer.post("/companies/search", name="contoh").json["items"]] == [company]


def test_parties_are_linked_and_cases_come_in_pages(
    officer: Any, company: str, opened_case: OpenedCase
) -> None:
    opened = [opened_case(HARMLESS, sender=f"+96600000060{n}") for n in range(3)]
    parties = [party(officer, case, "Contoh") for case in opened]
    for case, one in zip(opened, parties, strict=True):
        path = f"/cases/{case.reference}/parties/{one['id']}/company"
        assert officer.post(path, company=company).status_code == 204
    first = officer.get(f"/companies/{company}", limit=2).json
    second = officer.get(f"/companies/{company}", limit=2, cursor=first["next_cursor"]).json

    listed = [case["reference"] for page in (first, second) for case in page["cases"]]
    assert listed == [case.reference for case in reversed(opened)]
    assert (first["open_cases"], first["all_cases"], second["next_cursor"]) == (3, 3, None)
    path = f"/cases/{opened[0].reference}/parties/{parties[0]['id']}/company"
    assert officer.delete(path).status_code == 204
    assert officer.get(f"/companies/{company}").json["all_cases"] == 2


def test_what_makes_no_sense_is_refused(officer: Any, company: str, opened_case: OpenedCase) -> None:
    case = opened_case(HARMLESS)
    witness = party(officer, case, "Saksi", role="witness")

    for change in ({"name": " . "}, {"role": "victim"}, {"country": "Riyadh"}):
        assert officer.post("/companies", **PLACER | change).status_code == 422, change
    path = f"/cases/{case.reference}/parties/{witness['id']}/company"
    assert officer.post(path, company=company).status_code == 422
    assert officer.post(f"/companies/{company}/merge", **{"with": company}).status_code == 422


def test_a_merge_is_undone(officer: Any, company: str, opened_case: OpenedCase) -> None:
    other = officer.post("/companies", **PLACER | {"name": "Contoh Djaja"}).json["id"]
    case = opened_case(HARMLESS)
    one = party(officer, case, "Contoh Djaja", role="p3mi")
    assert one["company"] == other

    merged = officer.post(f"/companies/{company}/merge", **{"with": other})
    file = officer.get(f"/companies/{company}").json
    [merge] = file["merges"]
    assert (merged.json["all_cases"], merge["merged"]) == (1, other)
    assert officer.get(f"/companies/{other}").json["merged_into"] == company
    assert officer.post(f"/companies/{company}/merges/{merge['id']}/undo").json["all_cases"] == 0
    assert officer.get(f"/companies/{other}").json["all_cases"] == 1
    assert officer.post(f"/companies/{company}/merges/{merge['id']}/undo").status_code == 409


def test_who_may_not_see_cases_sees_none(
    officer: Any, company: str, client: Any, bearer: Callable[[Role], dict[str, str]]
) -> None:
    assert client.get(f"/api/v1/companies/{company}", headers=bearer(Role.ADMIN)).status_code == 403
