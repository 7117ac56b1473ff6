"""Only Twilio gets in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from hotline.channels.twilio.signature import SignatureCheck

URL, OLD, NEW = "https://hotline.example", "the-old-token", "the-new-token"
FORM = {"MessageSid": "SM1", "Body": "  dua spasi ", "FromCity": "", "From": "+966000000101"}


def signed(token: str, url: str, form: dict[str, str], **headers: str) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form), **headers}


def accepted(path: str = "/twilio/messages", **request: Any) -> bool:
    app = Flask("test")
    check = SignatureCheck(URL, [OLD, NEW])
    with app.test_request_context(path, method="POST", **request) as context:
        return check.accepts(context.request)


EXAMPLES = json.loads((Path(__file__).parent / "signed_examples.json").read_text())


@pytest.mark.parametrize("name", sorted(EXAMPLES["cases"]))
def test_each_signed_example_is_accepted_and_its_forgeries_are_not(name: str) -> None:
    """Bodies of every kind of webhook with the signature that Twilio's library makes (synthetic values)."""
    example = EXAMPLES["cases"][name]
    parts = urlsplit(example["url"])
    token = example.get("auth_token", EXAMPLES["auth_token"])
    path = parts.path + (f"?{parts.query}" if parts.query else "")

    def answer(signature: str, *, body: str = example["body"], key: str = token) -> bool:
        check = SignatureCheck(f"{parts.scheme}://{parts.netloc}", ["another-token", key])
        with Flask("test").test_request_context(
            path,
            method="POST",
            data=body.encode(),
            content_type=example.get("content_type", "application/x-www-form-urlencoded"),
            headers={"X-Twilio-Signature": signature},
        ) as context:
            return check.accepts(context.request)

    right = example["x_twilio_signature"]
    assert answer(right)
    assert not answer(right, key="not-the-token")
    assert not answer(right, body=example["body"] + ("&Added=1" if "=" in example["body"] else " "))
    assert not answer("A" + right[1:] if right[0] != "A" else "B" + right[1:])


def test_there_are_all_22_examples() -> None:
    assert len(EXAMPLES["cases"]) == 22


@pytest.mark.parametrize("token", [OLD, NEW])
def test_it_accepts_both_tokens_while_they_rotate(token: str) -> None:
    assert accepted(data=FORM, headers=signed(token, f"{URL}/twilio/messages", FORM))


def test_it_accepts_sha256_where_the_header_says_so() -> None:
    signature = RequestValidator(OLD).compute_signature(
        f"{URL}/twilio/messages", FORM, algorithm="HMAC_SHA256"
    )
    headers = {
        "X-Twilio-Signature": signature,
        "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256",
    }

    assert accepted(data=FORM, headers=headers)


def test_it_signs_over_the_configured_address_not_the_host() -> None:
    headers = signed(OLD, f"{URL}/twilio/messages", FORM, Host="attacker.example")

    assert accepted(data=FORM, headers=headers)


def test_it_keeps_the_query_string_as_it_came() -> None:
    path = "/twilio/status?message=a%2Fb"

    assert accepted(path, data=FORM, headers=signed(OLD, URL + path, FORM))


def test_it_accepts_a_repeated_parameter() -> None:
    from werkzeug.datastructures import MultiDict

    form = MultiDict([("A", "2"), ("A", "1"), ("B", "x")])
    signature = RequestValidator(OLD).compute_signature(f"{URL}/twilio/messages", form)

    assert accepted(data=form, headers={"X-Twilio-Signature": signature})


def test_it_accepts_json_only_with_its_hash() -> None:
    body = json.dumps({"a": 1})
    query = "?bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
    path = "/twilio/messages" + query
    headers = signed(OLD, URL + path, {})

    assert accepted(path, data=body, content_type="application/json", headers=headers)
    assert not accepted(
        "/twilio/messages",
        data=body,
        content_type="application/json",
        headers=signed(OLD, f"{URL}/twilio/messages", {}),
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "x" * 5000},
        {"X-Twilio-Signature": "bm9wZQ=="},
        {"X-Twilio-Signature": "bm9wZQ==", "X-Twilio-Webhooks-Signature-Settings": "algorithm=ROT13"},
    ],
)
def test_hostile_headers_are_refused_without_a_crash(headers: dict[str, str]) -> None:
    assert not accepted(data=FORM, headers=headers)


def test_it_refuses_multipart_forms() -> None:
    headers = signed(OLD, f"{URL}/twilio/messages", FORM)

    assert not accepted(data=FORM, content_type="multipart/form-data", headers=headers)


def test_it_cannot_be_switched_off_by_an_empty_token() -> None:
    with pytest.raises(ValueError, match="auth token"):
        SignatureCheck(URL, ["", ""])


def test_a_wrong_signature_is_answered_403_and_counted(client: FlaskClient) -> None:
    def refused() -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith('hotline_webhooks_refused_total{reason="signature"}')
        )

    before = refused()

    answer = client.post("/twilio/messages", data=FORM, headers={"X-Twilio-Signature": "bm9wZQ=="})

    assert answer.status_code == 403
    assert refused() == before + 1
