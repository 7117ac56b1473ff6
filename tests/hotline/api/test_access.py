"""Who gets in, and what an error looks like wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases.vocabulary import Role
from hotline.api.resources import cases

SHAPE = {"code", "status", "message", "errors"}
READS = ["/cases", "/cases/TRC-2601-00001X", "/clocks", "/referrals", "/agencies", "/users"]


@pytest.mark.parametrize("path", READS)
def test_without_a_token_nothing_is_told(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert set(answer.json) == SHAPE
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", READS)
def test_an_administrator_reads_no_cases(caller: Callable[..., Any], path: str) -> None:
    answer = caller(Role.ADMIN).get(path)
    assert answer.status_code == 403
    assert set(answer.json) == SHAPE


def test_a_made_up_token_is_no_token(client: FlaskClient) -> None:
    answer = client.get("/api/v1/cases", headers={"Authorization": "Bearer made-up"})
    assert answer.status_code == 401


def test_an_unknown_address_has_the_same_shape(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert set(answer.json) == SHAPE


def test_a_wrong_method_has_the_same_shape_and_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/cases")
    assert answer.status_code == 405
    assert set(answer.json) == SHAPE
    assert "GET" in answer.headers["Allow"]


def test_outside_of_the_api_errors_stay_as_they_are(client: FlaskClient) -> None:
    assert client.get("/nowhere").mimetype != "application/json"


def test_broken_json_is_a_bad_request(officer: Any, client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/cases/TRC-2601-00001X/notes",
        data="{",
        headers=officer.headers,
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert set(answer.json) == SHAPE


def test_an_unknown_filter_is_refused_and_the_known_ones_are_named(officer: Any) -> None:
    answer = officer.get("/cases", statsu="new")
    assert answer.status_code == 422
    assert set(answer.json) == SHAPE
    assert "status" in answer.json["errors"]["query"]["statsu"][0]


@pytest.mark.parametrize("query", [{"q": "a\x00b"}, {"reporter": "\x00"}, {"cursor": "a\x00"}])
def test_a_nul_makes_no_sense_in_a_query(officer: Any, query: dict[str, str]) -> None:
    assert officer.get("/cases", **query).status_code == 422


def test_a_nul_makes_no_sense_in_an_address(officer: Any) -> None:
    assert officer.get("/cases/TRC%00").status_code == 422


@pytest.mark.parametrize("body", ["a\x00b", "\ud800"])
def test_a_body_that_cannot_be_stored_is_refused(officer: Any, body: str) -> None:
    answer = officer.post("/cases/TRC-2601-00001X/notes", body=body)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/cases", "/clocks", "/referrals", "/agencies", "/users"])
@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyIiLCAiIl0", "é", "WzEsMl0"])
def test_a_cursor_nobody_wrote_is_refused(officer: Any, path: str, cursor: str) -> None:
    answer = officer.get(path, cursor=cursor)
    assert answer.status_code == 422
    assert answer.json["errors"] == {"code": "invalid", "field": "cursor"}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_a_page_has_a_largest_size(officer: Any, limit: str) -> None:
    assert officer.get("/cases", limit=limit).status_code == 422


def test_json_nested_without_end_is_a_bad_request(officer: Any, client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/cases/TRC-2601-00001X/notes",
        data="[" * 200_000,
        headers=officer.headers,
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert set(answer.json) == SHAPE


def test_a_fault_of_ours_tells_nothing(app: Flask, officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret is in here")

    monkeypatch.setattr(cases, "list_cases", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = officer.get("/cases")
    assert answer.status_code == 500
    assert set(answer.json) == SHAPE
    assert "secret" not in answer.text
