"""The provider's own client library, pointed at the stand-in: the same code as outside."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

TEMPLATE = "HX" + "1" * 32


class Rebased(TwilioHttpClient):
    """Every host of the provider is one address here."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self.base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        url = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
        return super().request(method, url, *args, **kwargs)


@pytest.fixture
def phones(open_phones: Any) -> Any:
    return open_phones(
        messaging_service_sid="MG" + "0" * 32,
        content_templates={TEMPLATE: {"body": "Halo {{1}}", "name": "halo", "status": "rejected"}},
    )


@pytest.fixture
def client(phones: Any) -> Client:
    return Client(phones.KEY, phones.SECRET, phones.ACCOUNT, http_client=Rebased(phones.server.url))


def test_send_find_redact_and_delete(phones: Any, client: Client) -> None:
    message = client.messages.create(to=phones.OFFICER, from_=phones.SMS_FROM, body="Halo")
    phones.settle()
    assert client.messages(message.sid).fetch().status == "delivered"
    found = client.messages.list(to=phones.OFFICER, date_sent_after=message.date_created, limit=1000)
    assert [each.sid for each in found] == [message.sid]
    assert client.messages(message.sid).update(body="").body == ""
    assert client.messages(message.sid).delete()


def test_pages_are_followed(phones: Any, client: Client) -> None:
    for _ in range(5):
        client.messages.create(to=phones.OFFICER, from_=phones.SMS_FROM, body="Halo")
    assert len(list(client.messages.stream(page_size=2))) == 5


def test_errors_come_out_as_the_library_s_own(phones: Any, client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to="+15005550003", from_=phones.SMS_FROM, body="Halo")
    assert (refused.value.code, refused.value.status) == (21408, 400)
    phones.post("faults", error_body="problem")
    with pytest.raises(TwilioServiceException) as newer:
        client.messages.create(to=phones.OFFICER, from_=phones.SMS_FROM, body="")
    assert newer.value.code == 21602


def test_media_of_a_message(phones: Any, client: Client) -> None:
    sid = phones.post("inbound", **{"from": phones.WORKER, "kind": "photo"}).json()["message_sid"]
    media = client.messages(sid).media.list()
    assert [each.content_type for each in media] == ["image/jpeg"]
    assert client.messages(sid).media(media[0].sid).delete()
    assert client.messages(sid).media.list() == []


def test_numbers_are_pointed_elsewhere_on_the_product_only(phones: Any, client: Client) -> None:
    number = client.incoming_phone_numbers.list(phone_number=phones.SMS_FROM)[0]
    assert number.sms_url == phones.product.url + "/twilio/messages"
    other = phones.product.url + "/other#rc=2"
    assert client.incoming_phone_numbers(number.sid).update(sms_url=other).sms_url == other
    phones.post("inbound", **{"from": phones.WORKER, "text": "hai"})
    assert phones.product.received[-1].url == phones.product.url + "/other"
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers(number.sid).update(sms_url="https://elsewhere.example/")
    assert refused.value.code == 21502
    phones.post("reset")
    assert client.incoming_phone_numbers(number.sid).fetch().sms_url == number.sms_url


def test_the_service_and_its_pool(phones: Any, client: Client) -> None:
    service = client.messaging.v1.services(phones.SERVICE).fetch()
    assert service.inbound_request_url == phones.product.url + "/twilio/messages"
    assert [each.sid for each in client.messaging.v1.services.list()] == [phones.SERVICE]
    pool = client.messaging.v1.services(phones.SERVICE).phone_numbers.list()
    assert {each.phone_number for each in pool} == {phones.SMS_FROM, phones.WHATSAPP_FROM}
    with pytest.raises(TwilioRestException):
        client.messaging.v1.services("MG" + "1" * 32).fetch()


def test_templates_and_their_approval(phones: Any, client: Client) -> None:
    template = client.content.v1.contents(TEMPLATE).fetch()
    assert template.types == {"twilio/text": {"body": "Halo {{1}}"}}
    assert client.content.v1.contents(TEMPLATE).approval_fetch().fetch().whatsapp["status"] == "rejected"
    assert [each.sid for each in client.content.v1.contents.list()] == [TEMPLATE]
    assert client.content.v1.content_and_approvals.list()[0].approval_requests["name"] == "halo"
    url = phones.server.url + "/v1/Content"
    body = {
        "friendly_name": "tanya",
        "language": "id",
        "types": {"twilio/quick-reply": {"body": "Boleh?", "actions": [{"title": "Ya", "id": "y"}]}},
    }
    auth = (phones.ACCOUNT, phones.TOKEN)
    made = requests.post(url, json=body, auth=auth, timeout=5).json()
    assert (
        client.content.v1.contents(made["sid"]).approval_fetch().fetch().whatsapp["status"] == "unsubmitted"
    )
    asked = requests.post(
        f"{url}/{made['sid']}/ApprovalRequests/whatsapp",
        json={"name": "tanya", "category": "UTILITY"},
        auth=auth,
        timeout=5,
    )
    assert (asked.status_code, asked.json()["status"]) == (201, "received")
    assert client.content.v1.contents(made["sid"]).delete()
    assert requests.post(url, json={}, auth=auth, timeout=5).json()["code"] == 20001


def test_calls_and_recordings(phones: Any, client: Client) -> None:
    phones.product.body = b'<Response><Record action="/twilio/voice/done"/></Response>'
    phones.post("call", **{"from": phones.WORKER, "recording": {"seconds": 7}})
    call = client.calls.list(from_=phones.WORKER)[0]
    recording = client.recordings.list(call_sid=call.sid)[0]
    assert (call.direction, call.status, recording.duration) == ("inbound", "completed", "7")
    assert recording.media_url.endswith(f"/Recordings/{recording.sid}")
    assert client.recordings(recording.sid).delete() and client.recordings.list() == []


def test_typing_is_seen_until_the_answer(phones: Any) -> None:
    sid = phones.post("inbound", **{"from": phones.WORKER, "channel": "whatsapp", "text": "hai"}).json()[
        "message_sid"
    ]
    url, auth = f"{phones.server.url}/v3/Indicators/Typing.json", (phones.ACCOUNT, phones.TOKEN)
    assert requests.post(url, json={"channel": "WHATSAPP", "messageId": sid}, timeout=5).status_code == 401
    done = requests.post(url, json={"channel": "WHATSAPP", "messageId": sid}, auth=auth, timeout=5)
    assert done.json() == {"success": True}
    assert phones.get("phones", since=0).json()["typing"] == [phones.WORKER]
    phones.create("whatsapp:" + phones.WORKER, From="whatsapp:" + phones.WHATSAPP_FROM)
    phones.settle()
    assert phones.get("phones", since=0).json()["typing"] == []
    unknown = {"channel": "WHATSAPP", "messageId": "SM" + "0" * 32}
    assert requests.post(url, json=unknown, auth=auth, timeout=5).json()["code"] == 20404
