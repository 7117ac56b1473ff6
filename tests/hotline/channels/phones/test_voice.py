"""A phone calls: what the product is asked, what is done with its answer, and what is left of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests
from twilio.request_validator import RequestValidator

from hotline.channels.phones.samples import sample

# As in signed examples of the provider's webhooks: the names, in words of their own.
INCOMING = {
    "CallSid", "AccountSid", "From", "To", "Caller", "Called", "CallStatus", "Direction", "ApiVersion",
    "FromCountry", "ToCountry",
}  # fmt: skip
ACTION = INCOMING | {"RecordingUrl", "RecordingSid", "RecordingDuration", "Digits"}
RECORDED = {
    "AccountSid", "CallSid", "RecordingSid", "RecordingUrl", "RecordingStatus", "RecordingDuration",
    "RecordingChannels", "RecordingSource", "RecordingStartTime", "RecordingTrack", "ErrorCode",
}  # fmt: skip
ENDED = INCOMING | {"CallDuration", "Duration"}

ASK_FOR_WORDS = (
    b'<Response><Say>Tinggalkan pesan.</Say><Record action="/twilio/voice/done" maxLength="30" '
    b'recordingStatusCallback="/twilio/voice/recording"/><Say>Kami tidak mendengar apa-apa.</Say></Response>'
)


def call(phones: Any, **more: Any) -> dict[str, Any]:
    answer = phones.post("call", **{"from": phones.WORKER} | more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def voice_mail(phones: Any) -> Any:
    phones.product.documents = {"/twilio/voice": ASK_FOR_WORDS}
    return phones


def asked(phones: Any) -> list[str]:
    return [each.url.removeprefix(phones.product.url) for each in phones.product.received]


def form(phones: Any, index: int) -> dict[str, str]:
    return {name: values[0] for name, values in phones.product.received[index].form.items()}


def test_a_call_is_declined(phones: Any) -> None:
    phones.product.body = b'<Response><Reject reason="busy"/></Response>'
    done = call(phones)
    assert (done["call_status"], done["status"], done["recordings"]) == ("busy", 200, [])
    received = phones.product.received[0]
    assert set(received.form) == INCOMING and received.url == phones.product.url + "/twilio/voice"
    assert form(phones, 0) | {"CallSid": ""} == {
        "CallSid": "", "AccountSid": phones.ACCOUNT, "From": phones.WORKER, "To": phones.SMS_FROM,
        "Caller": phones.WORKER, "Called": phones.SMS_FROM, "CallStatus": "ringing", "Direction": "inbound",
        "ApiVersion": "2010-04-01", "FromCountry": "GB", "ToCountry": "US",
    }  # fmt: skip
    signature = received.headers["X-Twilio-Signature"]
    assert RequestValidator(phones.TOKEN).validate(received.url, form(phones, 0), signature)
    line = phones.get(f"phones/{phones.WORKER}").json()["lines"][0]
    assert (line["channel"], line["call"]["status"], line["call"]["reason"]) == ("voice", "busy", "busy")


def test_a_message_is_left(voice_mail: Any) -> None:
    done = call(voice_mail, recording={"seconds": 23, "digits": "#"})
    assert asked(voice_mail) == ["/twilio/voice", "/twilio/voice/done", "/twilio/voice/recording"]
    action, recorded = form(voice_mail, 1), form(voice_mail, 2)
    assert set(action) == ACTION and set(recorded) == RECORDED
    assert (action["RecordingDuration"], action["Digits"], action["CallStatus"]) == ("23", "#", "in-progress")
    assert recorded["RecordingSid"] == action["RecordingSid"] == done["recordings"][0]["sid"]
    assert (recorded["RecordingStatus"], recorded["RecordingSource"]) == ("completed", "RecordVerb")
    assert done["said"] == ["Tinggalkan pesan."] and done["call_status"] == "completed"
    events = [entry["event"] for entry in voice_mail.ledger(kind="voice")]
    assert events == ["incoming", "action", "recording"]


def test_the_caller_rings_off(voice_mail: Any) -> None:
    call(voice_mail, recording=True)
    assert (form(voice_mail, 1)["Digits"], form(voice_mail, 1)["CallStatus"]) == ("hangup", "completed")


def test_a_recording_is_told_of_before_the_action(voice_mail: Any) -> None:
    voice_mail.post("faults", recording_callback="before")
    call(voice_mail, recording=True)
    assert asked(voice_mail) == ["/twilio/voice", "/twilio/voice/recording", "/twilio/voice/done"]


def test_nothing_was_said(voice_mail: Any) -> None:
    done = call(voice_mail)
    assert asked(voice_mail) == ["/twilio/voice"]
    assert done["said"] == ["Tinggalkan pesan.", "Kami tidak mendengar apa-apa."]
    assert (done["recordings"], done["call_status"]) == ([], "completed")


def test_an_empty_recording_is_told_of_when_asked_for(phones: Any) -> None:
    phones.product.documents = {
        "/twilio/voice": b'<Response><Record recordingStatusCallback="/twilio/voice/recording" '
        b'recordingStatusCallbackEvent="completed absent"/></Response>'
    }
    call(phones)
    assert form(phones, 1)["RecordingStatus"] == "absent"


def test_without_an_action_the_same_document_is_asked_again(phones: Any) -> None:
    phones.product.documents = {"/twilio/voice": b"<Response><Record/></Response>"}
    call(phones, recording={"seconds": 4, "digits": "#"})
    assert asked(phones) == ["/twilio/voice"] * 2 and set(form(phones, 1)) == ACTION


def test_a_document_that_sends_to_itself_is_left_in_the_end(phones: Any) -> None:
    phones.product.documents = {"/twilio/voice": b"<Response><Redirect>/twilio/voice</Redirect></Response>"}
    assert call(phones)["call_status"] == "completed"
    assert 2 < len(phones.product.received) < 30


def test_a_recording_is_cut_at_its_longest(voice_mail: Any) -> None:
    call(voice_mail, recording={"seconds": 200})
    assert form(voice_mail, 1)["RecordingDuration"] == "30" and form(voice_mail, 1)["Digits"] == ""


@pytest.mark.parametrize(
    ("hang_up", "status", "paths"),
    [
        ("before_answer", "no-answer", 1),
        ("before_beep", "completed", 1),
        ("after_recording", "completed", 3),
    ],
)
def test_moments_to_hang_up(voice_mail: Any, hang_up: str, status: str, paths: int) -> None:
    done = call(voice_mail, hang_up=hang_up, recording={"seconds": 4, "digits": "#"})
    assert (done["call_status"], len(asked(voice_mail))) == (status, paths)


def test_keys_are_gathered(phones: Any) -> None:
    phones.product.documents = {
        "/twilio/voice": b'<Response><Gather action="/twilio/voice/menu"><Say>Tekan 1.</Say></Gather></Response>',
        "/twilio/voice/menu": b"<Response><Say>Baik.</Say><Hangup/><Say>never</Say></Response>",
    }
    done = call(phones, digits="1#")
    assert form(phones, 1)["Digits"] == "1" and done["said"] == ["Tekan 1.", "Baik."]
    assert call(phones)["said"] == ["Tekan 1."]


def test_the_fallback_is_asked_and_the_end_is_told(open_phones: Any) -> None:
    phones = open_phones(
        voice_fallback_path="/twilio/voice/fallback", voice_status_path="/twilio/call/status"
    )
    phones.product.documents = {
        "/twilio/voice": b"<Response>",
        "/twilio/voice/fallback": b"<Response><Say>Maaf.</Say></Response>",
    }
    done = call(phones)
    assert asked(phones) == ["/twilio/voice", "/twilio/voice/fallback", "/twilio/call/status"]
    assert form(phones, 1)["ErrorCode"] == "12100" and done["said"] == ["Maaf."]
    assert set(form(phones, 2)) == ENDED and form(phones, 2)["CallStatus"] == "completed"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "alerts"),
    [
        (b"<Response>", "text/xml", "failed", [12100]),
        (b"{}", "application/json", "failed", [12300]),
        (b"<Response><Dial>1</Dial><Say>a</Say></Response>", "text/xml", "completed", [12200]),
        (
            b"<Response><Redirect>https://elsewhere.example/</Redirect></Response>",
            "text/xml",
            "completed",
            [11200],
        ),
    ],
)
def test_answers_that_are_none(
    phones: Any, body: bytes, content_type: str, status: str, alerts: list[int]
) -> None:
    phones.product.body, phones.product.content_type = body, content_type
    done = call(phones)
    assert (done["call_status"], [each["code"] for each in done["alerts"]]) == (status, alerts)
    assert [entry["code"] for entry in phones.ledger(kind="alert")] == alerts


def test_a_product_that_is_down(open_phones: Any) -> None:
    phones = open_phones(public_url="http://127.0.0.1:1")
    done = call(phones)
    assert (done["status"], done["failure"], done["call_status"]) == (None, "connect", "failed")
    calls = phones.list(f"/2010-04-01/Accounts/{phones.ACCOUNT}/Calls.json", From=phones.WORKER).json()[
        "calls"
    ]
    assert [each["sid"] for each in calls] == [done["call_sid"]]


def test_a_hidden_number_and_what_the_carrier_adds(phones: Any) -> None:
    call(phones, hidden=True, forwarded_from="+447700900155", caller_name="SARI", extra={"StirVerstat": "x"})
    given = form(phones, 0)
    assert given["From"] == "+266696687" and given["ForwardedFrom"] == "+447700900155"
    assert (given["CallerName"], given["StirVerstat"]) == ("SARI", "x")
    assert phones.get(f"phones/{phones.WORKER}").json()["lines"][0]["channel"] == "voice"


def test_recordings_are_had_with_the_password_and_deleted(voice_mail: Any) -> None:
    done = call(voice_mail, recording={"seconds": 2})
    base = f"{voice_mail.server.url}/2010-04-01/Accounts/{voice_mail.ACCOUNT}/Recordings"
    url = f"{base}/{done['recordings'][0]['sid']}"
    assert form(voice_mail, 1)["RecordingUrl"] == url.replace(voice_mail.server.url, "https://api.twilio.com")
    auth = (voice_mail.ACCOUNT, voice_mail.TOKEN)
    assert requests.get(url, timeout=5).status_code == 401
    wav, mp3 = (requests.get(url + ending, auth=auth, timeout=5) for ending in ("", ".mp3"))
    assert wav.content.startswith(b"RIFF") and mp3.content.startswith(b"\xff\xfb")
    assert (wav.headers["Content-Type"], mp3.headers["Content-Type"]) == ("audio/x-wav", "audio/mpeg")
    assert requests.delete(url + ".json", auth=auth, timeout=5).status_code == 204
    assert requests.get(url, auth=auth, timeout=5).status_code == 404


def test_a_recording_is_not_ready_at_once(voice_mail: Any) -> None:
    voice_mail.post("faults", media_not_found_first=1)
    sid = call(voice_mail, recording=True)["recordings"][0]["sid"]
    path = f"/2010-04-01/Accounts/{voice_mail.ACCOUNT}/Recordings/{sid}"
    assert [voice_mail.list(path).status_code for _ in range(2)] == [404, 200]


def test_a_voice_from_the_page(voice_mail: Any) -> None:
    wav = sample("audio/x-wav", 1.0)
    given = {"seconds": 1, "content_type": "audio/x-wav", "base64": base64.b64encode(wav).decode()}
    sid = call(voice_mail, recording=given)["recordings"][0]["sid"]
    assert voice_mail.list(f"/2010-04-01/Accounts/{voice_mail.ACCOUNT}/Recordings/{sid}").content == wav
    assert voice_mail.get(f"media/{sid}").content == wav


def test_calls_and_recordings_are_listed_by_time_and_call(voice_mail: Any) -> None:
    first = call(voice_mail, recording=True)["call_sid"]
    voice_mail.post("clock", forward=2 * 24 * 3600)
    call(voice_mail, recording=True)
    account = f"/2010-04-01/Accounts/{voice_mail.ACCOUNT}"
    today = voice_mail.get("clock").json()["now"][:10]

    def found(path: str, name: str, **filters: str) -> int:
        return len(voice_mail.list(f"{account}/{path}", **filters).json()[name])

    assert found("Calls.json", "calls") == 2
    assert found("Calls.json", "calls", **{"StartTime>": today}) == 1
    assert found("Recordings.json", "recordings", CallSid=first) == 1
    assert found(f"Calls/{first}/Recordings.json", "recordings") == 1
    assert found("Recordings.json", "recordings", **{"DateCreated<": today}) == 2


@pytest.mark.parametrize(
    "mistake", [{"from": "nobody"}, {"hang_up": "now"}, {"misspelt": 1}, {"recording": {"seconds": 0}}]
)
def test_instructions_that_make_no_sense(phones: Any, mistake: dict[str, Any]) -> None:
    assert phones.post("call", **{"from": phones.WORKER} | mistake).status_code == 400
    assert phones.product.received == []
