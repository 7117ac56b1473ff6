"""The product calls a phone: what is refused, what is told, and what is heard."""

from __future__ import annotations

from typing import Any

import pytest
import requests

TWIML = (
    "<Response><Gather numDigits='1' action='/pressed?message=1'><Say>Halo</Say></Gather><Hangup/></Response>"
)
EVENTS = ["initiated", "ringing", "answered", "completed"]


def make(phones: Any, **changes: Any) -> Any:
    data = {
        "To": phones.OFFICER,
        "From": phones.SMS_FROM,
        "Twiml": TWIML,
        "StatusCallback": f"{phones.product.url}/status?message=1",
        "StatusCallbackEvent": EVENTS,
    } | changes
    url = phones.messages_url.replace("Messages.json", "Calls.json")
    given = {name: value for name, value in data.items() if value is not None}
    return requests.post(url, data=given, auth=(phones.ACCOUNT, phones.TOKEN), timeout=10)


def told(phones: Any) -> list[str]:
    phones.settle()
    return [each.form["CallStatus"][0] for each in phones.product.received if "/status" in each.url]


def test_a_call_is_queued_and_rings_after_the_answer(phones: Any) -> None:
    made = make(phones)

    assert made.status_code == 201
    assert (made.json()["status"], made.json()["direction"]) == ("queued", "outbound-api")
    assert told(phones) == ["initiated", "ringing", "no-answer"]


@pytest.mark.parametrize("manner", ["busy", "no-answer", "failed"])
def test_a_phone_that_does_not_pick_up_says_so(phones: Any, manner: str) -> None:
    phones.post("faults", calls={phones.OFFICER: manner})
    make(phones)

    assert told(phones)[-1] == manner


def test_what_is_pressed_is_posted_and_its_answer_heard(phones: Any) -> None:
    phones.product.documents = {"/pressed": b"<Response><Say>Terima kasih</Say></Response>"}
    phones.post("faults", calls={phones.OFFICER: "press:1"})
    make(phones)

    assert told(phones) == ["initiated", "ringing", "in-progress", "completed"]
    pressed = next(each for each in phones.product.received if "/pressed" in each.url)
    assert pressed.form["Digits"] == ["1"]
    assert pressed.form["Direction"] == ["outbound-api"]
    line = phones.get(f"phones/{phones.OFFICER}").json()["lines"][-1]
    assert (line["direction"], line["channel"], line["text"]) == ("in", "voice", "Halo Terima kasih")


def test_a_phone_that_presses_nothing_hears_it_and_hangs_up(phones: Any) -> None:
    phones.post("faults", calls={phones.OFFICER: "answer"})
    make(phones)

    assert told(phones)[-1] == "completed"
    assert not any("/pressed" in each.url for each in phones.product.received)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": None}, 21201),
        ({"To": "banana"}, 21217),
        ({"From": None}, 21213),
        ({"From": "+12025550199"}, 21210),
        ({"Twiml": None}, 21205),
        ({"Twiml": "x" * 4001}, 21205),
        ({"StatusCallback": "ftp://x"}, 21609),
    ],
)
def test_what_cannot_be_called_is_refused(phones: Any, changes: dict[str, Any], code: int) -> None:
    refused = make(phones, **changes)

    assert refused.status_code == 400
    assert refused.json()["code"] == code
    assert told(phones) == []


def test_an_unknown_way_of_taking_a_call_is_explained(phones: Any) -> None:
    answer = phones.post("faults", calls={phones.OFFICER: "sing"})

    assert answer.status_code == 400
    assert "press:DIGITS" in answer.json()["error"]


def test_a_call_is_on_the_list(phones: Any) -> None:
    sid = make(phones).json()["sid"]
    phones.settle()

    listed = phones.list(f"/2010-04-01/Accounts/{phones.ACCOUNT}/Calls.json", To=phones.OFFICER).json()[
        "calls"
    ]

    assert [each["sid"] for each in listed] == [sid]
