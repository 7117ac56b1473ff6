"""`POST /cases`: other systems register reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN

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
