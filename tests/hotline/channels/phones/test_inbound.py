"""A phone writes: what the product gets, and what becomes of its answer."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.request_validator import RequestValidator


def write(phones: Any, text: str = "tolong saya", **more: Any) -> dict[str, Any]:
    answer = phones.post("inbound", **{"from": phones.WORKER, "text": text} | more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def form_of(received: Any) -> dict[str, str]:
    return {name: values[0] for name, values in received.form.items()}


def test_an_sms_is_signed_and_answered(phones: Any) -> None:
    done = write(phones, "  tolong\u00a0saya é ")
    received = phones.product.received[0]
    form = form_of(received)
    assert received.url == phones.product.url + "/twilio/messages"
    signature = received.headers["X-Twilio-Signature"]
    assert RequestValidator(phones.TOKEN).validate(received.url, form, signature)
    assert (done["status"], done["message_sid"]) == (200, form["MessageSid"])
    assert form["Body"] == "  tolong\u00a0saya é "
    assert (form["From"], form["To"], form["AccountSid"]) == (phones.WORKER, phones.SMS_FROM, phones.ACCOUNT)
    assert form["FromCountry"] == "GB" and form["FromCity"] == ""
    assert [line["direction"] for line in phones.get(f"phones/{phones.WORKER}").json()["lines"]] == ["out"]
    assert len(phones.ledger(kind="inbound")) == 1


def test_a_repeated_message_carries_its_sid_and_shows_once(phones: Any) -> None:
    first = write(phones)
    again = write(phones, message_sid=first["message_sid"])
    assert again["message_sid"] == first["message_sid"]
    assert len(phones.product.received) == 2
    assert len(phones.get(f"phones/{phones.WORKER}").json()["lines"]) == 1


def test_whatsapp_with_a_number_and_a_user_id(phones: Any) -> None:
    write(phones, channel="whatsapp", external_user_id="GB.12ab", profile_name="Sari")
    form = form_of(phones.product.received[0])
    assert form["From"] == "whatsapp:" + phones.WORKER and form["WaId"] == phones.WORKER.lstrip("+")
    assert (form["ExternalUserId"], form["ProfileName"]) == ("whatsapp:GB.12ab", "Sari")


def test_a_user_id_without_a_number(phones: Any) -> None:
    done = phones.post("inbound", external_user_id="GB.12ab", kind="bsuid", text="hai").json()
    form = form_of(phones.product.received[0])
    assert done["status"] == 200
    assert form["From"] == form["ExternalUserId"] == "whatsapp:GB.12ab"
    assert "WaId" not in form
    answer = phones.create("whatsapp:GB.12ab", From="whatsapp:" + phones.WHATSAPP_FROM)
    phones.settle()
    assert phones.message(answer.json()["sid"]).json()["status"] == "delivered"
    assert [line["direction"] for line in phones.get("phones/GB.12ab").json()["lines"]] == ["out", "in"]


def test_location_button_and_media(phones: Any) -> None:
    write(phones, "", kind="location", latitude="24.7", longitude="46.7", label="Riyadh")
    write(phones, "", kind="button", button_text="Ya", button_payload="yes")
    write(phones, "", kind="media", channel="whatsapp", media=["audio/ogg"])
    location, button, media = (form_of(each) for each in phones.product.received)
    assert (location["Latitude"], location["MessageType"], location["Body"]) == ("24.7", "location", "")
    assert (button["ButtonPayload"], button["Body"]) == ("yes", "Ya")
    assert (media["NumMedia"], media["MediaContentType0"]) == ("1", "audio/ogg")
    path = media["MediaUrl0"].removeprefix("https://api.twilio.com")
    assert phones.list(path).content.startswith(b"OggS")


def test_stop_is_heard_and_later_sends_are_refused(phones: Any) -> None:
    write(phones, kind="stop", text="STOP", opt_out_type="STOP")
    assert form_of(phones.product.received[0])["OptOutType"] == "STOP"
    assert phones.create(phones.WORKER).json()["code"] == 21610
    lines = phones.get(f"phones/{phones.WORKER}").json()["lines"]
    assert [line["automatic"] for line in lines] == [False, True]
    write(phones, "start")
    assert phones.create(phones.WORKER).status_code == 201
    write(phones, "STOP PLEASE")
    assert phones.create(phones.WORKER).status_code == 201
    write(phones, "stop")
    assert phones.create(phones.WORKER).json()["code"] == 21610


def test_extra_goes_over_everything(phones: Any) -> None:
    write(phones, extra={"Body": "a\x00b", "Invented": "1"}, signature="wrong")
    received = phones.product.received[0]
    form = form_of(received)
    assert (form["Body"], form["Invented"]) == ("a\x00b", "1")
    signature = received.headers["X-Twilio-Signature"]
    assert not RequestValidator(phones.TOKEN).validate(received.url, form, signature)


def test_the_product_s_reply_reaches_the_phone(phones: Any) -> None:
    phones.product.body = b"<Response><Message>Kami di sini.</Message></Response>"
    done = write(phones)
    assert [reply["direction"] for reply in done["replies"]] == ["outbound-reply"]
    phones.settle()
    texts = [line["text"] for line in phones.get(f"phones/{phones.WORKER}").json()["lines"]]
    assert texts == ["tolong saya", "Kami di sini."]


@pytest.mark.parametrize(
    ("body", "content_type", "alert"),
    [
        (b"<Response>", "text/xml", 12100),
        (b"{}", "application/json", 12300),
        (b"<Response><Dial/></Response>", "text/xml", 12200),
        (b"<Response>" + b" " * 70_000 + b"</Response>", "text/xml", 11750),
        (b"<Response>" + b"<Message>a</Message>" * 11 + b"</Response>", "text/xml", 14109),
    ],
)
def test_alerts(open_phones: Any, body: bytes, content_type: str, alert: int) -> None:
    phones = open_phones(fallback_path=None)
    phones.product.body, phones.product.content_type = body, content_type
    assert [each["code"] for each in write(phones)["alerts"]] == [alert]
    assert [entry["code"] for entry in phones.ledger(kind="alert")] == [alert]


def test_a_failure_is_retried_as_the_fragment_says_and_then_the_fallback_is_asked(open_phones: Any) -> None:
    phones = open_phones(webhook_path="/twilio/messages#rc=2&rp=5xx")
    phones.product.status = 500
    done = write(phones)
    assert (done["status"], done["fallback_status"], len(done["attempts"])) == (500, 500, 3)
    first, second, third, fallback = phones.product.received[:4]
    tokens = {each.headers["I-Twilio-Idempotency-Token"] for each in (first, second, third)}
    assert len(tokens) == 1 and "#" not in first.url
    assert form_of(fallback)["ErrorCode"] == "11200" and fallback.url.endswith("/fallback")


def test_a_redirect_is_followed_without_the_form(open_phones: Any) -> None:
    phones = open_phones(fallback_path=None)
    phones.product.status, phones.product.headers = 302, {"Location": "/elsewhere?a=%2f"}
    done = write(phones)
    assert [each["method"] for each in done["attempts"][:2]] == ["POST", "GET"]
    second = phones.product.received[1]
    assert second.url == phones.product.url + "/elsewhere?a=%2f" and second.form == {}
    signature = second.headers["X-Twilio-Signature"]
    assert RequestValidator(phones.TOKEN).compute_signature(second.url, {}) == signature


def test_a_product_that_is_slow_is_given_up(open_phones: Any) -> None:
    phones = open_phones(webhook_path="/twilio/messages#rt=150&tt=300&rc=0", fallback_path=None)
    phones.product.pause = 0.6
    done = write(phones)
    assert (done["status"], done["failure"]) == (None, "timeout")
    assert done["ms"] < 500 and [each["code"] for each in done["alerts"]] == [11200]


def test_a_product_that_is_down(open_phones: Any) -> None:
    done = write(open_phones(public_url="http://127.0.0.1:1"))
    assert (done["status"], done["failure"]) == (None, "connect")


@pytest.mark.parametrize(
    "mistake",
    [
        {"from": "nobody"},
        {"kind": "song"},
        {"channel": "fax"},
        {"kind": "location", "channel": "sms"},
        {"misspelt": 1},
        {"to": "+12025550199"},
        {"media": "image/png"},
    ],
)
def test_instructions_that_make_no_sense(phones: Any, mistake: dict[str, Any]) -> None:
    answer = phones.post("inbound", **{"from": phones.WORKER, "text": "hai"} | mistake)
    assert answer.status_code == 400 and answer.json()["error"]
    assert phones.product.received == []
