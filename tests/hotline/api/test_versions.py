"""No edit over the API without the version that it was made from."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def test_every_patch_and_put_needs_if_match(client: FlaskClient) -> None:
    document: Any = client.get("/api/v1/openapi.json").json
    edits = {
        f"{method} {path}": {
            parameter["name"]: parameter.get("required")
            for parameter in operation.get("parameters", []) + item.get("parameters", [])
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"patch", "put"}
    }

    assert len(edits) >= 2
    assert {edit for edit, named in edits.items() if named.get("If-Match") is not True} == set()


def test_an_edit_without_it_is_428_whatever_it_is_about(officer: Any) -> None:
    document: Any = officer.client.get("/api/v1/openapi.json").json
    nobody = "00000000-0000-0000-0000-000000000000"
    wrong = {}
    for path, item in document["paths"].items():
        for method in {"patch", "put"} & set(item):
            address = path.replace("{reference}", "TRC-0000-00000X")
            while "{" in address:
                address = address[: address.index("{")] + nobody + address[address.index("}") + 1 :]
            answer = officer.client.open(address, method=method.upper(), json={}, headers=officer.headers)
            if answer.status_code not in {428, 422}:
                wrong[f"{method} {path}"] = answer.status_code

    assert wrong == {}
