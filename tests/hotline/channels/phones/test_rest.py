"""The REST face: what a client library relies on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

# The published names, written down here: what a client may send, and what it finds in the answer.
# fmt: off
PARAMETERS = {
    "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod",
    "ForceDelivery", "ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction",
    "TrafficType", "ShortenUrls", "ScheduleType", "SendAt", "SendAsMms", "ContentVariables", "RiskCheck",
    "From", "FallbackFrom", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid",
}
RESPONSE_KEYS = {
    "body", "num_segments", "direction", "from", "to", "date_updated", "price", "error_message", "uri",
    "account_sid", "num_media", "status", "messaging_service_sid", "sid", "date_sent", "date_created",
    "error_code", "price_unit", "api_version", "subresource_uris",
}
PAGE_KEYS = {
    "end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "messages", "start",
    "uri",
}
# fmt: on

WHATSAPP = {"From": "whatsapp:+12025550144", "To": "whatsapp:+447700900101"}


def test_a_message_is_created_queued_and_arrives_once(phones: Any) -> None:
    answer = phones.create(Body="Halo")
    body = answer.json()
    assert answer.status_code == 201
    assert body["sid"].startswith("SM") and len(body["sid"]) == 34
    assert (body["status"], body["num_segments"], body["direction"]) == ("queued", "1", "outbound-api")
    assert body["date_sent"] is None and parsedate_to_datetime(body["date_created"]).utcoffset() is not None
    phones.settle()
    assert phones.message(body["sid"]).json()["status"] == "delivered"
    lines = phones.get(f"phones/{phones.OFFICER}").json()["lines"]
    assert [(line["direction"], line["text"]) for line in lines] == [("in", "Halo")]


def test_names_are_the_published_ones(phones: Any) -> None:
    given = dict.fromkeys(PARAMETERS)
    answer = phones.create(**given | {"To": phones.OFFICER, "From": phones.SMS_FROM, "Body": "Halo"})
    assert set(answer.json()) == RESPONSE_KEYS
    page = phones.list().json()
    assert set(page) == PAGE_KEYS and set(page["messages"][0]) == RESPONSE_KEYS
    phones.create(**{name: name for name in PARAMETERS}, Misspelt="x")
    assert phones.ledger(kind="rest")[-1]["unknown_parameters"] == ["Misspelt"]


def test_a_service_accepts_first_and_chooses_the_sender_later(open_phones: Any) -> None:
    phones = open_phones(messaging_service_sid="MG" + "0" * 32)
    body = phones.create(From=None, MessagingServiceSid=phones.SERVICE).json()
    assert (body["status"], body["num_segments"], body["from"]) == ("accepted", "0", None)
    phones.settle()
    assert phones.message(body["sid"]).json()["from"] == phones.SMS_FROM
    assert phones.product.statuses() == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"To": None}, 400, 21604),
        ({"To": "12345"}, 400, 21211),
        ({"From": None}, 400, 21603),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"From": "+12025550199"}, 400, 21606),
        ({"From": "+12025550143", "To": "whatsapp:+447700900101"}, 400, 21910),
        ({"MediaUrl": "ftp://example/a"}, 400, 21620),
        ({"MediaUrl": ["https://media.example/a"] * 11}, 400, 21623),
        ({"ContentSid": "nonsense"}, 400, 21655),
        ({"ContentSid": "HX" + "0" * 32, "ContentVariables": "{"}, 400, 21656),
        ({"StatusCallback": "nowhere"}, 400, 21609),
        ({"To": "+15005550001"}, 400, 21211),
        ({"To": "+15005550003"}, 400, 21408),
        ({"To": "+15005550004"}, 400, 21610),
        ({"To": "+15005550009"}, 400, 21614),
        ({"From": "+15005550001"}, 400, 21212),
        ({"From": "+15005550007"}, 400, 21606),
        ({"From": "+15005550008"}, 400, 21611),
        ({"MessagingServiceSid": "MG" + "1" * 32}, 404, 20404),
    ],
)
def test_what_is_refused(phones: Any, form: dict[str, Any], status: int, code: int) -> None:
    answer = phones.create(**form)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (status, code, status)
    assert body["more_info"].endswith(f"/{code}") and body["message"]
    assert phones.list().json()["messages"] == []


def test_who_may_enter(phones: Any) -> None:
    for auth in (
        (phones.ACCOUNT, phones.TOKEN),
        (phones.ACCOUNT, phones.NEXT_TOKEN),
        (phones.KEY, phones.SECRET),
    ):
        assert phones.create(auth=auth).status_code == 201
    for auth in ((phones.ACCOUNT, "wrong"), (phones.KEY, phones.TOKEN), ("AC" + "1" * 32, phones.TOKEN)):
        answer = phones.create(auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    other = phones.messages_url.replace(phones.ACCOUNT, "AC" + "1" * 32)
    answer = requests.get(other, auth=(phones.ACCOUNT, phones.TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (403, 20003)
    credentials = [entry["credential"] for entry in phones.ledger(kind="rest")]
    assert credentials == ["current", "next", "key", None, None, None, "current"]


def test_unknown_addresses_are_refused_in_the_provider_s_shape(phones: Any) -> None:
    assert phones.message("SM" + "0" * 32).json()["code"] == 20404
    answer = requests.get(phones.messages_url.replace("Messages", "Nothing"), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_the_list_filters_by_party_and_date(phones: Any) -> None:
    phones.create("+447700900111")
    phones.create("+447700900112")
    phones.create(**WHATSAPP)

    def found(**filters: str) -> int:
        return len(phones.list(**filters).json()["messages"])

    assert found() == 3
    assert found(To="+447700900111") == 1
    assert found(To="whatsapp:+447700900101") == 1
    assert found(To="+447700900101") == 0
    assert found(From=phones.SMS_FROM) == 2
    now = phones.get("clock").json()["now"]
    assert found(DateSent=now[:10]) == 3
    assert found(DateSent="2001-01-01") == 0
    assert found(**{"DateSent>": "2001-01-01T00:00:00Z", "DateSent<": now[:19] + "Z"}) == 3
    assert found(**{"DateSent<": "2001-01-01T00:00:00Z"}) == 0
    assert phones.list(DateSent="yesterday").json()["code"] == 20001


def test_pages_do_not_shift_when_messages_arrive(phones: Any) -> None:
    sids = [phones.create().json()["sid"] for _ in range(5)]
    page = phones.list(PageSize=2).json()
    phones.create()
    read = [message["sid"] for message in page["messages"]]
    while page["next_page_uri"]:
        page = phones.list(page["next_page_uri"]).json()
        read += [message["sid"] for message in page["messages"]]
    assert read == sids[::-1]
    assert page["previous_page_uri"] and page["page"] == 2


def test_redact_cancel_and_delete(open_phones: Any) -> None:
    phones = open_phones(messaging_service_sid="MG" + "0" * 32)
    sid = phones.create().json()["sid"]
    assert phones.message(sid, "POST", Status="canceled").json()["code"] == 30409
    phones.settle()
    assert phones.message(sid, "POST", Body="").json()["body"] == ""
    assert phones.message(sid, "POST", Body="other").json()["code"] == 20001
    assert phones.message(sid, "DELETE").status_code == 204
    assert phones.message(sid).status_code == 404


def test_a_scheduled_message_waits_or_is_canceled(open_phones: Any) -> None:
    phones = open_phones(messaging_service_sid="MG" + "0" * 32)
    now = datetime.fromisoformat(phones.get("clock").json()["now"])
    later = {"ScheduleType": "fixed", "MessagingServiceSid": phones.SERVICE, "From": None}
    assert phones.create(SendAt=now.isoformat(), **later).json()["code"] == 35115
    in_an_hour = (now + timedelta(hours=1)).isoformat()
    kept, stopped = (phones.create(SendAt=in_an_hour, **later).json() for _ in range(2))
    assert (kept["status"], stopped["status"]) == ("scheduled", "scheduled")
    assert phones.message(kept["sid"], "DELETE").json()["code"] == 20009
    assert phones.message(stopped["sid"], "POST", Status="canceled").json()["status"] == "canceled"
    phones.post("clock", forward=3601)
    phones.settle()
    assert phones.product.statuses(stopped["sid"]) == ["canceled"]
    assert phones.product.statuses(kept["sid"]) == ["queued", "sent", "delivered"]


def test_a_redacted_text_stays_on_the_phone_but_leaves_the_account(phones: Any) -> None:
    sid = phones.create(ContentRetention="discard").json()["sid"]
    phones.settle()
    assert phones.message(sid).json()["body"] == ""
    assert phones.get(f"phones/{phones.OFFICER}").json()["lines"][0]["text"] == "Halo"


def test_free_text_on_whatsapp_needs_a_message_from_the_person(phones: Any) -> None:
    sid = phones.create(**WHATSAPP).json()["sid"]
    phones.settle()
    assert phones.message(sid).json()["error_code"] == 63016
    template = phones.create(**WHATSAPP, ContentSid="HX" + "0" * 32, Body=None).json()["sid"]
    phones.post("inbound", **{"from": phones.WORKER, "channel": "whatsapp", "text": "hai"})
    free = phones.create(**WHATSAPP).json()["sid"]
    phones.settle()
    assert [phones.message(sid).json()["status"] for sid in (template, free)] == ["delivered"] * 2
    phones.post("clock", forward=24 * 3600 + 1)
    late = phones.create(**WHATSAPP).json()["sid"]
    phones.settle()
    assert phones.message(late).json()["status"] == "failed"


def test_200_messages_from_8_threads_each_exactly_once(phones: Any) -> None:
    numbers = [f"+447700900{index:03d}" for index in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(phones.create, numbers))
    assert {answer.status_code for answer in answers} == {201}
    sids = {answer.json()["sid"] for answer in answers}
    assert len(sids) == 200
    phones.settle()
    assert sorted(entry["to"] for entry in phones.ledger(kind="rest")) == numbers
    for sid in sids:
        assert phones.product.statuses(sid) == ["sent", "delivered"]
    lines = phones.get("phones", since=0).json()["lines"]
    assert sorted(line["number"] for line in lines) == numbers
