"""Status callbacks: signed, counted, in order; and every way in which they go wrong."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict


def is_signed(received: Any, token: str, algorithm: str = "HMAC_SHA1") -> bool:
    """The provider's own arithmetic over what arrived."""
    form = MultiDict((name, value) for name, values in received.form.items() for value in values)
    wanted = RequestValidator(token).compute_signature(received.url, form, algorithm=algorithm)
    return bool(wanted == received.headers["X-Twilio-Signature"])


def sent_with(phones: Any, **faults: Any) -> list[Any]:
    """The callbacks of one message under these faults."""
    assert phones.post("faults", **faults).status_code == 200
    phones.create()
    phones.settle()
    callbacks: list[Any] = phones.product.callbacks()
    return callbacks


def test_sent_then_delivered_and_never_the_initial_status(phones: Any) -> None:
    callbacks = sent_with(phones)
    assert phones.product.statuses() == ["sent", "delivered"]
    for each in callbacks:
        assert is_signed(each, phones.TOKEN)
        assert each.url.endswith("/status?uuid=1")
        assert "Body" not in each.form and each.headers["I-Twilio-Idempotency-Token"]
    assert "RawDlrDoneDate" in callbacks[-1].form
    entries = phones.ledger(kind="callback", to=phones.OFFICER)
    assert [(entry["message_status"], entry["status"]) for entry in entries] == [
        ("sent", 204),
        ("delivered", 204),
    ]


@pytest.mark.parametrize(
    ("outcome", "statuses", "code"),
    [
        ("delivered", ["sent", "delivered"], None),
        ("read", ["sent", "delivered"], None),
        ({"status": "undelivered", "code": 30003}, ["sent", "undelivered"], "30003"),
        ("undelivered", ["sent", "undelivered"], "30005"),
        ({"status": "failed", "code": 30007}, ["failed"], "30007"),
        ("stuck", ["sent"], None),
        ("lost", [], None),
    ],
)
def test_scripted_outcomes(phones: Any, outcome: Any, statuses: list[str], code: str | None) -> None:
    callbacks = sent_with(phones, outcomes={phones.OFFICER: outcome})
    assert phones.product.statuses() == statuses
    if code:
        assert callbacks[-1].form["ErrorCode"] == [code]
    assert phones.create("+447700900399").status_code == 201
    phones.settle()
    assert phones.product.statuses()[len(statuses) :] == ["sent", "delivered"]


def test_whatsapp_is_read(phones: Any) -> None:
    phones.post("inbound", **{"from": phones.WORKER, "channel": "whatsapp", "text": "hai"})
    phones.post("faults", default_outcome="read")
    phones.create("whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM)
    phones.settle()
    assert phones.product.statuses() == ["sent", "delivered", "read"]
    assert phones.product.callbacks()[-1].form["EventType"] == ["READ"]


def test_duplicate(phones: Any) -> None:
    sent_with(phones, callback_duplicate=True)
    assert phones.product.statuses() == ["sent", "sent", "delivered", "delivered"]


def test_reorder(phones: Any) -> None:
    sent_with(phones, callback_reorder={"next": 1})
    assert phones.product.statuses() == ["delivered", "sent"]
    phones.create()
    phones.settle()
    assert phones.product.statuses()[2:] == ["sent", "delivered"]


def test_delay(phones: Any) -> None:
    phones.post("faults", callback_delay_ms=60_000)
    phones.create()
    assert phones.product.callbacks() == [] and phones.get("clock").json()["pending"] > 0
    for _ in range(3):
        phones.post("clock", forward=61)
    phones.post("faults", callback_delay_ms=0)
    for _ in range(3):
        phones.post("clock", forward=61)
    phones.settle()
    assert phones.product.statuses() == ["sent", "delivered"]


def test_drop(phones: Any) -> None:
    sent_with(phones, callback_drop={"next": 1})
    assert phones.product.statuses() == ["delivered"]
    assert [entry.get("dropped") for entry in phones.ledger(kind="callback")] == [True, None]


def test_unknown_status_extra_and_repeated_parameters(phones: Any) -> None:
    callbacks = sent_with(
        phones,
        callback_unknown_status={"next": 1},
        callback_extra_parameter=True,
        callback_repeated_parameter=True,
    )
    assert phones.product.statuses() == ["partially_delivered", "sent", "delivered"]
    assert callbacks[-1].form["AddedWithoutNotice"] == ["yes"]
    assert callbacks[-1].form["Tag"] == ["second", "first"]
    assert all(is_signed(each, phones.TOKEN) for each in callbacks)


def test_wrong_signature(phones: Any) -> None:
    callbacks = sent_with(phones, callback_wrong_signature={"next": 1})
    assert [is_signed(each, phones.TOKEN) for each in callbacks] == [False, True]


def test_the_token_to_come_and_the_newer_algorithm(phones: Any) -> None:
    callbacks = sent_with(phones, signing_token="next")
    assert is_signed(callbacks[-1], phones.NEXT_TOKEN) and not is_signed(callbacks[-1], phones.TOKEN)
    newer = sent_with(phones, signing_token="current", signing_algorithm="HMAC_SHA256")[-1]
    assert is_signed(newer, phones.TOKEN, "HMAC_SHA256")
    assert any("HMAC_SHA256" in value for value in newer.headers.values())


def test_a_callback_overtakes_the_answer(phones: Any) -> None:
    phones.post("faults", callback_overtake=True, slow_body_ms=200)
    answer = phones.create()
    early = phones.product.statuses()
    phones.settle()
    assert answer.json()["status"] == "queued"
    assert early[:1] == ["sent"]
    assert phones.product.statuses() == ["sent", "delivered"]


def test_without_the_knob_the_answer_is_first(phones: Any) -> None:
    phones.post("faults", slow_body_ms=200)
    phones.create()
    assert phones.product.callbacks() == []
    phones.settle()


def test_a_product_that_refuses_leaves_an_alert(open_phones: Any) -> None:
    phones = open_phones()
    phones.create(StatusCallback="http://127.0.0.1:1/status")
    phones.settle()
    assert {entry["code"] for entry in phones.ledger(kind="alert")} == {11200}
