"""`POST /cases`: other systems register reports."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN
from flask.testing import FlaskClient

from cases.models import Case
from cases.vocabulary import Role

BODY = {
    "what": LOCKED_IN,
    "where": "Jeddah",
    "reach": "lewat kakaknya",
    "channel": "email",
    "relation": "ngo",
}


def test_a_report_opens_a_case(officer: Any) -> None:
    answer = officer.post("/cases", **BODY)

    assert answer.status_code == 201, answer.text
    assert (answer.json["urgency"], answer.json["country"], answer.json["reporter_role"]) == (
        "U1",
        "SA",
        "third_person",
    )
    file = officer.client.get(answer.headers["Location"], headers=officer.headers).json
    assert file["messages"][0]["channel"] == "email"
    assert file["messages"][0]["content"]["by_hand"] == {
        "where": "Jeddah",
        "reach": "lewat kakaknya",
        "relation": "ngo",
    }


def test_a_number_with_an_open_case_adds_to_it(officer: Any, opened_case: Callable[..., Case]) -> None:
    reference = opened_case("halo").reference

    answer = officer.post("/cases", **{**BODY, "reach": AMINA})

    assert (answer.status_code, answer.json["reference"]) == (200, reference)


def test_one_key_registers_once(officer: Any) -> None:
    officer.headers |= {"Idempotency-Key": "surat-2026-0001"}

    first, again = officer.post("/cases", **BODY), officer.post("/cases", **BODY)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["reference"] == again.json["reference"]


@pytest.mark.parametrize(
    "change", [{"channel": "sms"}, {"what": ""}, {"country": "XX"}, {"relation": "boss"}, {"more": 1}]
)
def test_what_makes_no_sense_is_refused(officer: Any, change: dict[str, Any]) -> None:
    assert officer.post("/cases", **{**BODY, **change}).status_code == 422


def test_an_administrator_registers_nothing(caller: Callable[..., Any]) -> None:
    assert caller(Role.ADMIN).post("/cases", **BODY).status_code == 403


def test_files_are_added_to_a_report_by_hand(officer: Any, client: FlaskClient) -> None:
    reference = officer.post("/cases", **BODY).json["reference"]
    message = officer.get(f"/cases/{reference}").json["messages"][0]["id"]
    url = f"/api/v1/cases/{reference}/messages/{message}/attachments"

    def send(*files: tuple[bytes, str]) -> Any:
        body = {"files": [(io.BytesIO(content), name) for content, name in files]}
        return client.post(url, data=body, headers=officer.headers)

    added = send((b"%PDF-1.4\n%", "kontrak.pdf"), (b"MZ", "x.exe"))
    assert added.status_code == 201, added.text
    assert [one["type"] for one in added.json["items"]] == ["application/pdf"]
    assert added.json["refused"] == [{"name": "x.exe", "reason": "type_not_allowed"}]
    assert officer.get(f"/attachments/{added.json['items'][0]['id']}").data == b"%PDF-1.4\n%"
    assert send().status_code == 422
    assert client.post(url, json={}, headers=officer.headers).status_code == 422
