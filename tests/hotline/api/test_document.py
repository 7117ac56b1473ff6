"""The document, and whether the API does what it says: a bounded run of schemathesis, in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from cast import HARMLESS
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from cases.models import Case
from cases.vocabulary import Role


def test_the_document_is_open_and_names_what_is_promised(client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    paths = document["paths"]
    for path in (
        "/cases",
        "/cases/{reference}",
        "/clocks",
        "/referrals",
        "/agencies",
        "/users",
        "/incidents",
        "/incidents/{reference}",
        "/reports",
        "/reports/cases",
        "/reports/sla",
    ):
        assert "get" in paths[f"/api/v1{path}"]
    for verb in ("messages", "notes", "assignment", "close", "reopen", "referrals", "contact"):
        assert "post" in paths[f"/api/v1/cases/{{reference}}/{verb}"]
    assert {"post", "delete"} <= paths["/api/v1/cases/{reference}/incident"].keys()
    for verb in ("accept", "reject", "done"):
        assert "post" in paths[f"/api/v1/referrals/{{referral_id}}/{verb}"]


def test_the_page_for_people_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    assert "/api/v1/cases/{reference}" in answer.text
    for loading in ("<script", "<style", "<link", "http://", "https://", "style="):
        assert loading not in answer.text


@pytest.fixture
def schema(app: Flask, clean: None) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def test_the_document_is_valid(schema: Any) -> None:
    schema.validate()


def test_nothing_that_fits_the_document_breaks_the_api(
    app: Flask, schema: Any, bearer: Callable[[Role], dict[str, str]], opened_case: Callable[..., Case]
) -> None:
    """No answer of 5xx (exceptions come through, for the application is under test), and what is answered has
    the shape that the document promises."""
    headers = bearer(Role.OFFICER) | {"If-Match": "*"}
    reference = opened_case(HARMLESS).reference
    body = {"title": "Satu majikan", "kind": "employer"}
    incident = app.test_client().post("/api/v1/incidents", json=body, headers=headers).json["reference"]
    # Reports are for supervisors: as an officer every call to them would be refused before it could break.
    supervisor = bearer(Role.SUPERVISOR)
    for found in schema.get_all_operations():
        operation = found.ok()
        named = incident if "/incidents/" in operation.path else reference
        _try(operation, supervisor if "/reports" in operation.path else headers, named)


def _try(operation: Any, headers: dict[str, str], reference: str) -> None:
    @given(case=operation.as_strategy(), real=st.booleans())
    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any, real: bool) -> None:
        if real and "reference" in (case.path_parameters or {}):
            case.path_parameters["reference"] = reference
        answer = case.call(headers=headers)
        assert answer.status_code < 500, answer.text
        case.validate_response(
            answer,
            checks=[
                not_a_server_error,
                response_schema_conformance,
                content_type_conformance,
            ],
        )

    run()
