"""Every kind of message the provider delivers, and every way in which its delivery goes wrong."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from hotline.channels.phones.specimens import LONG, SPECIMENS

# What the provider was seen or documented to send, in words of our own: names only.
COMMON = {
    "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "From", "To", "Body", "NumMedia",
    "NumSegments", "SmsStatus", "ApiVersion",
}  # fmt: skip
SMS = COMMON | {f"{side}{part}" for side in ("From", "To") for part in ("Country", "State", "City", "Zip")}
WHATSAPP = COMMON | {
    "MessageType", "ProfileName", "WaId", "ExternalUserId", "Forwarded", "FrequentlyForwarded", "ReferralNumMedia",
    "ChannelMetadata",
}  # fmt: skip
MEDIUM = {"MediaUrl0", "MediaContentType0"}
EXPECTED: dict[str, set[str]] = {
    "sms_text": SMS,
    "sms_unicode_padded": SMS,
    "sms_stop": SMS,
    "sms_stop_advanced_optout": SMS | {"OptOutType"},
    "mms_two_images": SMS | MEDIUM | {"MediaUrl1", "MediaContentType1"},
    "wa_text": WHATSAPP,
    "wa_voice_note": WHATSAPP | MEDIUM,
    "wa_photo": WHATSAPP | MEDIUM,
    "wa_video": WHATSAPP | MEDIUM,
    "wa_pdf": WHATSAPP | MEDIUM,
    "wa_vcard": (WHATSAPP | MEDIUM) - {"MessageType"},
    "wa_location": WHATSAPP | {"Latitude", "Longitude", "Address", "Label"},
    "wa_quick_reply": WHATSAPP
    | {"ButtonText", "ButtonPayload", "OriginalRepliedMessageSid", "OriginalRepliedMessageSender"},
    "wa_list_reply": WHATSAPP
    | {"ListTitle", "ListId", "OriginalRepliedMessageSid", "OriginalRepliedMessageSender"},
    "wa_quoted_reply": WHATSAPP | {"OriginalRepliedMessageSid", "OriginalRepliedMessageSender"},
    "wa_forwarded": WHATSAPP,
    "wa_bsuid_only_no_phone": COMMON | {"MessageType", "ProfileName", "ExternalUserId", "ProfileUsername"},
}


def write(phones: Any, specimen: str = "sms_text", **more: Any) -> dict[str, Any]:
    given = {"specimen": specimen} | ({} if "bsuid" in specimen else {"from": phones.WORKER}) | more
    answer = phones.post("inbound", **given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def forms(phones: Any) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in each.form.items()} for each in phones.product.received]


@pytest.fixture
def full(open_phones: Any) -> Any:
    return open_phones(messaging_service_sid="MG" + "0" * 32)


@pytest.mark.parametrize("specimen", EXPECTED)
def test_the_parameters_are_the_provider_s(full: Any, specimen: str) -> None:
    write(full, "wa_text")
    full.create("whatsapp:" + full.WORKER, From="whatsapp:" + full.WHATSAPP_FROM, StatusCallback=None)
    full.settle()
    write(full, specimen)
    received = full.product.received[-1]
    assert set(received.form) == EXPECTED[specimen]
    form = forms(full)[-1]
    assert RequestValidator(full.TOKEN).validate(received.url, form, received.headers["X-Twilio-Signature"])


@pytest.mark.parametrize("specimen", SPECIMENS)
def test_every_specimen_is_taken(phones: Any, specimen: str) -> None:
    write(phones, specimen)
    assert forms(phones) and phones.ledger(kind="inbound")


def test_specimens_are_listed(phones: Any) -> None:
    assert phones.get("specimens").json() == SPECIMENS
    assert phones.post("inbound", **{"from": phones.WORKER, "specimen": "x"}).status_code == 400


def test_what_is_particular_about_some(phones: Any) -> None:
    for name in ("wa_forwarded", "wa_referral", "wa_pdf", "wa_video", "sms_nul", "sms_base64", "sms_long"):
        write(phones, name)
    forwarded, referral, pdf, video, nul, encoded, long = forms(phones)
    assert (forwarded["Forwarded"], forwarded["FrequentlyForwarded"]) == ("true", "false")
    assert referral["ReferralSourceType"] == "ad" and referral["ReferralNumMedia"] == "1"
    assert (pdf["MessageType"], video["MessageType"]) == ("document", "video")
    assert "\x00" in nul["Body"]
    assert base64.b64decode(encoded["Body"]).decode() == LONG and len(encoded["Body"]) % 4 == 0
    assert len(long["Body"]) > 1600 and int(long["NumSegments"]) > 10


def test_parts_arrive_out_of_order_and_each_is_a_message(phones: Any) -> None:
    done = write(phones, "sms_parts_out_of_order")
    bodies = [form["Body"] for form in forms(phones)]
    assert len(bodies) == 3 and "".join(bodies[::-1]) == LONG * 4
    assert [part["part"] for part in done["parts"]] == [3, 2, 1]
    assert len({part["message_sid"] for part in done["parts"]}) == 3


def test_a_part_is_lost(phones: Any) -> None:
    done = write(phones, "sms_part_lost")
    assert [part["part"] for part in done["parts"]] == [1, 3]
    assert [entry["code"] for entry in phones.ledger(kind="alert")] == [30009]


def test_a_quote_names_the_last_message_unless_it_is_old(phones: Any) -> None:
    write(phones, "wa_text")
    sid = phones.create("whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM).json()["sid"]
    phones.settle()
    write(phones, "wa_quoted_reply")
    assert forms(phones)[-1]["OriginalRepliedMessageSid"] == sid
    phones.post("clock", forward=8 * 24 * 3600)
    write(phones, "wa_quoted_reply")
    assert "OriginalRepliedMessageSid" not in forms(phones)[-1]


@pytest.mark.parametrize("suffix", ["", "_advanced_optout"])
def test_stop_help_and_start(phones: Any, suffix: str) -> None:
    for word, status in (("stop", 400), ("help", 400), ("start", 201)):
        write(phones, f"sms_{word}{suffix}")
        assert phones.create(phones.WORKER).status_code == status
        assert forms(phones)[-1 if status == 400 else 2].get("OptOutType") == (
            word.upper() if suffix else None
        )
    lines = phones.get(f"phones/{phones.WORKER}").json()["lines"]
    assert sum(line["automatic"] for line in lines) == 3


def test_nobody_can_be_reached_and_the_message_is_found_in_the_list(phones: Any) -> None:
    since = phones.get("clock").json()["now"][:19] + "Z"
    phones.post("faults", inbound_unreachable=True)
    done = write(phones, "wa_photo")
    assert (done["status"], done["failure"], phones.product.received) == (None, "connect", [])
    assert len(phones.ledger(kind="inbound")) == 2  # webhook and fallback
    phones.post("faults", inbound_unreachable=False)
    found = phones.list(To="whatsapp:" + phones.WHATSAPP_FROM, **{"DateSent>": since}).json()["messages"]
    assert [(each["sid"], each["direction"], each["num_media"]) for each in found] == [
        (done["message_sid"], "inbound", "1")
    ]
    media = phones.list(found[0]["subresource_uris"]["media"]).json()["media_list"]
    assert phones.list(media[0]["uri"].removesuffix(".json")).content.startswith(b"\xff\xd8")
    assert write(phones)["status"] == 200


def test_a_message_is_delivered_twice(phones: Any) -> None:
    phones.post("faults", inbound_duplicate={"next": 1})
    write(phones)
    first, second = phones.product.received
    assert first.form == second.form
    assert first.headers["I-Twilio-Idempotency-Token"] != second.headers["I-Twilio-Idempotency-Token"]


def test_a_repeated_message_keeps_its_media(phones: Any) -> None:
    done = write(phones, "wa_photo")
    write(phones, "wa_photo", message_sid=done["message_sid"])
    first, second = forms(phones)
    assert first["MediaUrl0"] == second["MediaUrl0"]


@pytest.mark.parametrize(
    ("which", "fits"), [("old", False), ("next", False), ("current", True), ("none", False)]
)
def test_which_token_signs(phones: Any, which: str, fits: bool) -> None:
    write(phones, signature=which)
    received = phones.product.received[0]
    signature = received.headers.get("X-Twilio-Signature", "")
    assert RequestValidator(phones.TOKEN).validate(received.url, forms(phones)[0], signature) is fits


def test_a_shared_key_signs(open_phones: Any) -> None:
    phones = open_phones(shared_key_secret="shared")
    for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
        phones.post("faults", signing_key="shared", signing_algorithm=algorithm)
        write(phones)
        received = phones.product.received[-1]
        assert f"algorithm={algorithm}" in received.headers["X-Twilio-Webhooks-Signature-Settings"]
        wanted = RequestValidator("shared").compute_signature(
            received.url, forms(phones)[-1], algorithm=algorithm
        )
        assert received.headers["X-Twilio-Signature"] == wanted


def test_a_reply_is_redirected(phones: Any) -> None:
    phones.product.documents = {
        "/twilio/messages": b"<Response><Message>satu</Message><Redirect>/next</Redirect>"
        b"<Message>never</Message></Response>",
        "/next": b"<Response><Message>dua</Message></Response>",
    }
    assert [reply["body"] for reply in write(phones)["replies"]] == ["satu", "dua"]


def test_two_machines_that_answer_each_other_are_stopped(phones: Any) -> None:
    phones.product.body = b"<Response><Message>halo</Message></Response>"
    alerts = [write(phones)["alerts"] for _ in range(16)]
    assert alerts[-2] == [] and [each["code"] for each in alerts[-1]] == [14107]


@pytest.fixture
def rude() -> Iterator[tuple[str, list[bytes], list[bytes]]]:
    """A server that answers with the bytes it is told, and hangs up."""
    seen: list[bytes] = []
    answers: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(answers[min(len(seen), len(answers)) - 1])

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen, answers
    listener.close()


@pytest.mark.parametrize(
    ("answer", "policy", "failure", "tries"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Resp", "all", "partial", 1),
        (b"", "ct", "reset", 1),
        (b"", "all", "reset", 3),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "4xx", None, 3),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "5xx,ct", None, 1),
    ],
)
def test_what_is_tried_again(
    open_phones: Any, rude: Any, answer: bytes, policy: str, failure: str | None, tries: int
) -> None:
    url, seen, answers = rude
    answers.append(answer)
    phones = open_phones(public_url=url, webhook_path=f"/in#rc=2&rp={policy}", fallback_path=None)
    done = write(phones)
    assert (done["failure"], len(done["attempts"]), len(seen)) == (failure, tries, tries)


def test_the_whole_time_is_the_limit_however_slowly_it_drips(open_phones: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n")
            try:
                while True:
                    connection.sendall(b" ")
                    threading.Event().wait(0.05)
            except OSError:
                return

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    done = write(open_phones(public_url=url, webhook_path="/in#tt=400", fallback_path=None))
    assert done["failure"] == "partial" and 350 < done["ms"] < 900
    listener.close()


def test_templates_and_the_window(phones: Any) -> None:
    sid = "HX" + "1" * 32
    to = {"From": "whatsapp:" + phones.WHATSAPP_FROM, "Body": None, "ContentSid": sid}

    def send(**more: Any) -> int | None:
        message = phones.create("whatsapp:" + phones.WORKER, **to | more).json()["sid"]
        phones.settle()
        code: int | None = phones.message(message).json()["error_code"]
        return code

    template = {"sid": sid, "body": "Halo {{1}}", "buttons": [{"title": "Ya", "id": "yes"}]}
    assert phones.post("templates", **template).json()["status"] == "approved"
    assert send(ContentVariables='{"1": "Sari"}') is None
    assert send(ContentVariables='{"2": "Sari"}') == 63028 and send() == 63028
    assert send(ContentSid="HX" + "2" * 32) == 63027
    phones.post("templates", sid=sid, status="pending")
    assert send(ContentVariables='{"1": "Sari"}') == 63027
    write(phones, "wa_text")
    assert send(ContentVariables='{"1": "Sari"}') is None  # within the window approval does not matter
    phones.post("templates", sid=sid, status="paused")
    assert send(ContentVariables='{"1": "Sari"}') == 63041
    line = next(
        line for line in phones.get(f"phones/{phones.WORKER}").json()["lines"] if line["direction"] == "in"
    )
    assert (line["text"], line["buttons"]) == ("Halo Sari", [{"title": "Ya", "id": "yes"}])
    assert phones.post("templates", body="x", status="nice").status_code == 400


def test_a_list_cannot_open_a_conversation(phones: Any) -> None:
    phones.post("templates", sid="HX" + "3" * 32, body="Pilih", items=[{"title": "Gaji", "id": "GAJI"}])
    form = {"From": "whatsapp:" + phones.WHATSAPP_FROM, "Body": None, "ContentSid": "HX" + "3" * 32}
    sid = phones.create("whatsapp:" + phones.WORKER, **form).json()["sid"]
    phones.settle()
    assert phones.message(sid).json()["error_code"] == 63016


def test_too_many_messages_to_one_person(phones: Any) -> None:
    write(phones, "wa_text")
    phones.post("faults", whatsapp_burst=2)

    def send() -> str:
        answer = phones.create("whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM)
        return str(answer.json()["sid"])

    sids = [send() for _ in range(3)]
    phones.post("clock", forward=10)
    sids.append(send())
    phones.settle()
    assert [phones.message(sid).json()["error_code"] for sid in sids] == [None, None, 63018, None]


def test_dates_of_an_inbound_message_move_with_the_clock(phones: Any) -> None:
    phones.post("clock", forward=3600)
    write(phones)
    created = phones.list().json()["messages"][0]["date_created"]
    now = datetime.fromisoformat(phones.get("clock").json()["now"])
    assert abs(datetime.strptime(created, "%a, %d %b %Y %H:%M:%S %z") - now) < timedelta(seconds=5)
