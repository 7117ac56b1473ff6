"""Every adapter against its provider, or a stand-in that answers as its documentation says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from adapter_contract import AdapterContract, Bench, a_message
from cast import ACCOUNT_SID, AUTH_TOKEN, ELI, SMS_NUMBER
from conftest import make_settings
from meta_place import MetaPlace, meta_place
from partner import partner_machine
from smtp_server import smtp_server

from cases.services.partner_endpoints import fresh_secret
from cases.vocabulary import Channel
from hotline.channels.email.sender import EmailChannel
from hotline.channels.meta.sender import MetaChannel
from hotline.channels.phones import PhonesSettings, build_server
from hotline.channels.port import Outgoing, Template
from hotline.channels.twilio.sender import TwilioChannel
from hotline.channels.webhook.sender import WebhookChannel
from hotline.config import Settings

# Twilio's own for tests: "not a valid number".
NO_NUMBER = "+15005550001"


def settings(**changes: str) -> Settings:
    return make_settings("postgresql://nowhere/nothing", **changes)


def nobody_there() -> str:
    """An address of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"127.0.0.1:{gone.getsockname()[1]}"


class OnTwilio(AdapterContract):
    channel = Channel.SMS

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        known = PhonesSettings(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            public_url="http://127.0.0.1:1",
            sms_number=SMS_NUMBER,
            whatsapp_number=SMS_NUMBER,
            delivery_delay=0.0,
        )
        phones = build_server(known, host="127.0.0.1", port=0)
        phones.start()
        control = f"{phones.url}/_control"

        def fault(**knobs: object) -> None:
            assert requests.post(f"{control}/faults", json=knobs, timeout=5).ok

        def accepted() -> list[str]:
            url = f"{phones.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
            listed = requests.get(url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5).json()["messages"]
            return [one["body"] for one in listed if one["direction"] != "inbound"]

        # What is refused for the recipient or the words is so for every sender, also at the real Twilio.
        odd: dict[str, str] = {}

        def outgoing() -> Outgoing:
            return replace(a_message(self.channel, ELI)(), **odd)

        here = {"TWILIO_API_URL": phones.url}
        if self.channel is Channel.WHATSAPP:
            inbound = {"from": ELI, "text": "halo", "channel": "whatsapp"}
            requests.post(f"{control}/inbound", json=inbound, timeout=10)
        try:
            yield Bench(
                door=TwilioChannel(settings(**here)),
                outgoing=outgoing,
                accepted=accepted,
                faults={
                    "refused_address": lambda: odd.update(to=NO_NUMBER),
                    "refused_words": lambda: odd.update(body="a" * 1601),
                    "too_many": lambda: fault(rate_limit={"next": 1}),
                    "lost_answer": lambda: fault(unavailable_after={"next": 1}),
                    "hang_up": lambda: fault(reset_after_accept={"next": 1}),
                },
                nobody=TwilioChannel(settings(TWILIO_API_URL=f"http://{nobody_there()}")),
                stranger=TwilioChannel(settings(**here, TWILIO_AUTH_TOKEN="not-the-token")),
            )
        finally:
            phones.stop()


class TestTwilioSms(OnTwilio):
    """SMS on the stand-in for Twilio."""


class TestTwilioWhatsApp(OnTwilio):
    """WhatsApp on the stand-in for Twilio."""

    channel = Channel.WHATSAPP


class TestMeta(AdapterContract):
    """WhatsApp on Meta's Cloud API."""

    @pytest.fixture
    def place(self) -> Iterator[MetaPlace]:
        with meta_place() as made:
            yield made

    @pytest.fixture
    def bench(self, place: MetaPlace) -> Bench:
        return Bench(
            door=MetaChannel(settings(**place.settings())),
            outgoing=a_message(Channel.WHATSAPP, ELI),
            accepted=lambda: [message["text"]["body"] for message in place.messages],
            faults={
                "too_many": lambda: place.answers.append((429, 130429)),
                "refused_address": lambda: place.answers.append((400, 131026)),
                "refused_words": lambda: place.answers.append((400, 100)),
                "lost_answer": lambda: setattr(place, "lose", 1),
                "hang_up": lambda: setattr(place, "drop", 1),
                "garbage": lambda: setattr(place, "garbage", 1),
            },
            nobody=MetaChannel(settings(**place.settings() | {"META_API_URL": f"http://{nobody_there()}"})),
            stranger=MetaChannel(settings(**place.settings() | {"META_ACCESS_TOKEN": "not-the-token"})),
        )

    def test_our_own_id_travels_with_it(self, bench: Bench, place: MetaPlace) -> None:
        message = bench.outgoing()
        bench.door.send(message)

        assert place.messages[0]["biz_opaque_callback_data"] == str(message.message_id)
        assert place.messages[0]["to"] == ELI.removeprefix("+")
        assert place.messages[0]["text"]["preview_url"] is False

    def test_somebody_without_a_number_is_written_to_by_their_id(
        self, bench: Bench, place: MetaPlace
    ) -> None:
        bench.door.send(a_message(Channel.WHATSAPP, "SA.Amina101")())

        assert place.messages[0]["recipient"] == "SA.Amina101"
        assert "to" not in place.messages[0]

    def test_a_template_is_sent_by_its_name(self, bench: Bench, place: MetaPlace) -> None:
        template = Template("neutral_reply", "id", ("Kak",))
        bench.door.send(a_message(Channel.WHATSAPP, ELI, template=template)())

        assert place.messages[0]["template"] == {
            "name": "neutral_reply",
            "language": {"code": "id"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "Kak"}]}],
        }

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_throttled_server_error_is_certain(self, bench: Bench, place: MetaPlace, status: int) -> None:
        place.answers.append((status, 131016))
        outcome = bench.door.send(bench.outgoing())

        assert getattr(outcome, "code", None) == 131016


class TestEmail(AdapterContract):
    """E-mail on a real SMTP server."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with smtp_server() as server:
            here = {"MAIL_FROM": "trc@hotline.example", "SMTP_URL": f"smtp://127.0.0.1:{server.port}"}
            yield Bench(
                door=EmailChannel(settings(**here)),
                outgoing=a_message(Channel.EMAIL, "piket@mitra.example", subject="TRC"),
                accepted=lambda: [mail.get_content().rstrip() for mail in server.mails],
                faults={
                    "too_many": lambda: server.rcpt.append("450 slow down"),
                    "refused_address": lambda: server.rcpt.append("550 no such user"),
                    "refused_words": lambda: server.data.append("554 spam"),
                    "hang_up": lambda: setattr(server, "drop_after_data", 1),
                },
                nobody=EmailChannel(settings(**here | {"SMTP_URL": f"smtp://{nobody_there()}"})),
            )


class TestWebhook(AdapterContract):
    """Partner webhooks on a machine that verifies them."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with partner_machine() as partner:
            partner.secret = fresh_secret()

            def outgoing() -> Outgoing:
                message = a_message(Channel.WEBHOOK, partner.url, secrets=(partner.secret,))()
                return replace(message, body=f'"{message.body}"')

            door = WebhookChannel(settings(WEBHOOK_LOOPBACK="yes"))
            away = f"http://{nobody_there()}/"
            yield Bench(
                door=door,
                outgoing=outgoing,
                accepted=lambda: [f'"{event}"' for event in partner.events],
                faults={
                    "too_many": lambda: partner.answers.append(429),
                    "refused_address": lambda: partner.answers.append(410),
                    "refused_words": lambda: partner.answers.append(422),
                    "hang_up": lambda: setattr(partner, "drop", 1),
                },
                nobody=_Elsewhere(door, away),
            )


class _Elsewhere(WebhookChannel):
    """A webhook's address belongs to the message: this one sends everything where nobody is."""

    def __init__(self, door: WebhookChannel, url: str) -> None:
        super().__init__(settings(WEBHOOK_LOOPBACK="yes"))
        self._url = url

    def send(self, outgoing: Outgoing) -> object:  # type: ignore[override]
        return self.post(outgoing.message_id, self._url, outgoing.body, outgoing.secrets)
