"""Are these the names the provider publishes? Compared with an extract of its OpenAPI files that is kept here, and
with the files themselves where ``TWILIO_OPENAPI`` names the folder they are in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

PUBLISHED = json.loads(Path(__file__).with_name("published_names.json").read_text())
FOLDER = os.environ.get("TWILIO_OPENAPI", "")
TEMPLATE = "HX" + "0" * 32


@pytest.fixture
def full(open_phones: Any) -> Any:
    """An account with a service and a template."""
    return open_phones(messaging_service_sid="MG" + "0" * 32, content_templates={TEMPLATE: "Halo {{1}}"})


def keys(name: str) -> set[str]:
    return set(PUBLISHED["keys"][name])


def test_create_message_takes_the_published_parameters_and_no_others(full: Any) -> None:
    names = PUBLISHED["parameters"]["CreateMessage"]
    full.create(**dict.fromkeys(names, "x"), Misspelt="x")
    assert full.ledger(kind="rest")[-1]["unknown_parameters"] == ["Misspelt"]


def test_messages_and_media_have_the_published_keys(full: Any) -> None:
    created = full.create().json()
    assert set(created) == keys("message") and created["status"] in PUBLISHED["message_status"]
    page = full.list().json()
    assert set(page) - {"messages"} == keys("page")
    done = full.post("inbound", **{"from": full.WORKER, "kind": "photo"}).json()
    media = full.list(f"/2010-04-01/Accounts/{full.ACCOUNT}/Messages/{done['message_sid']}/Media.json").json()
    assert set(media) - {"media_list"} == keys("page")
    assert set(media["media_list"][0]) == keys("media")


def test_the_rest_of_the_account_has_the_published_keys(full: Any) -> None:
    account = f"/2010-04-01/Accounts/{full.ACCOUNT}"
    numbers = full.list(f"{account}/IncomingPhoneNumbers.json").json()["incoming_phone_numbers"]
    assert set(numbers[0]) == keys("incoming_phone_number")
    assert set(full.list(f"/v1/Services/{full.SERVICE}").json()) == keys("service")
    assert set(full.list(f"/v1/Content/{TEMPLATE}").json()) == keys("content")
    assert set(full.list(f"/v1/Content/{TEMPLATE}/ApprovalRequests").json()) == keys("approval_fetch")
    assert set(full.list("/v1/ContentAndApprovals").json()["contents"][0]) == keys("content_and_approvals")


def test_calls_and_recordings_have_the_published_keys(full: Any) -> None:
    full.product.body = b'<Response><Record action="/twilio/voice/done"/></Response>'
    full.post("call", **{"from": full.WORKER, "recording": True})
    account = f"/2010-04-01/Accounts/{full.ACCOUNT}"
    assert set(full.list(f"{account}/Calls.json").json()["calls"][0]) == keys("call")
    assert set(full.list(f"{account}/Recordings.json").json()["recordings"][0]) == keys("recording")


@pytest.mark.skipif(not FOLDER, reason="TWILIO_OPENAPI names no folder with the provider's OpenAPI files")
def test_the_extract_is_what_the_files_say() -> None:
    def schema(file: str, name: str) -> set[str]:
        return set(json.loads((Path(FOLDER) / file).read_text())["components"]["schemas"][name]["properties"])

    api, messaging, content = (f"twilio_{name}.json" for name in ("api_v2010", "messaging_v1", "content_v1"))
    for name in ("message", "incoming_phone_number", "recording", "call"):
        assert schema(api, f"api.v2010.account.{name}") == keys(name)
    assert schema(api, "api.v2010.account.message.media") == keys("media")
    assert schema(messaging, "messaging.v1.service") == keys("service")
    assert schema(content, "content.v1.content") == keys("content")
    form = json.loads((Path(FOLDER) / api).read_text())["paths"][
        "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    ]
    body = form["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert set(body) == set(PUBLISHED["parameters"]["CreateMessage"])
