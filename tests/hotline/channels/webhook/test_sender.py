"""One signed event, against a real HTTP server that verifies it."""

from __future__ import annotations

import socket
from uuid import UUID

import pytest
from conftest import make_settings
from partner import Partner, partner_machine

from cases.services.partner_endpoints import fresh_secret
from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.channels.webhook.sender import WebhookChannel

MESSAGE_ID = UUID("01935c1e-0000-7000-8000-000000000001")
BODY = '{"type":"referral.sent","timestamp":"2026-11-24T00:00:00+00:00","data":{"nama":"é"}}'


def channel(*, seconds: float = 5.0, **changes: str) -> WebhookChannel:
    settings = make_settings("postgresql://nowhere/nothing", **{"WEBHOOK_LOOPBACK": "yes", **changes})
    return WebhookChannel(settings, seconds=seconds)


def send(url: str, *secrets: str, door: WebhookChannel | None = None) -> Outcome:
    outgoing = Outgoing(MESSAGE_ID, Channel.WEBHOOK, url, BODY, secrets=secrets)
    return (door or channel()).send(outgoing)


def test_a_partner_can_verify_what_it_gets() -> None:
    with partner_machine() as partner:
        partner.secret = fresh_secret()

        assert send(partner.url, partner.secret) == Sent(f"webhook:{MESSAGE_ID}", "delivered")
        assert partner.bodies == [BODY]
        (headers,) = partner.headers
        assert headers["webhook-id"] == str(MESSAGE_ID)
        assert headers["content-type"].startswith("application/json")


def test_while_a_secret_is_changed_both_are_good() -> None:
    with partner_machine() as partner:
        old, new = fresh_secret(), fresh_secret()
        for known in (old, new):
            partner.secret = known
            assert isinstance(send(partner.url, new, old), Sent)

        assert partner.forged == 0


def test_a_wrong_secret_is_seen_by_the_partner_and_tried_again() -> None:
    with partner_machine() as partner:
        partner.secret = fresh_secret()

        assert send(partner.url, fresh_secret()) == NotSent(401, FailureClass.RETRY_SLOWLY)
        assert partner.forged == 1


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (302, FailureClass.CONFIGURATION),
        (400, FailureClass.CONTENT),
        (404, FailureClass.RETRY_SLOWLY),
        (410, FailureClass.ADDRESS),
        (422, FailureClass.CONTENT),
        (429, FailureClass.RETRY_SLOWLY),
        (500, FailureClass.RETRY_SLOWLY),
        (503, FailureClass.RETRY_SLOWLY),
    ],
)
def test_what_answers_mean(status: int, failure: FailureClass, partner: Partner) -> None:
    partner.answers.append(status)

    assert send(partner.url, partner.secret) == NotSent(status, failure)


def test_a_redirect_is_not_followed(partner: Partner) -> None:
    with partner_machine() as other:
        partner.location = other.url
        partner.answers.append(307)

        assert send(partner.url, partner.secret) == NotSent(307, FailureClass.CONFIGURATION)
        assert other.bodies == []


def test_a_lost_answer_is_unknown_and_sent_again_under_the_same_id(partner: Partner) -> None:
    partner.drop = 1
    door = channel()
    outgoing = Outgoing(MESSAGE_ID, Channel.WEBHOOK, partner.url, BODY, secrets=(partner.secret,))

    assert isinstance(door.send(outgoing), Unknown)
    assert isinstance(door.send(outgoing), Sent)
    assert len({headers["webhook-id"] for headers in partner.headers}) == 1


def test_a_slow_partner_is_left(partner: Partner) -> None:
    partner.slow = 1.5

    assert isinstance(send(partner.url, partner.secret, door=channel(seconds=0.4)), Unknown)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    assert send(f"http://127.0.0.1:{port}/", fresh_secret()) == NotSent(0, FailureClass.RETRY_SLOWLY)


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hook",
        "https://user:pass@partner.example/",
        "ftp://partner.example/",
        "https://",
        "https://partner.example/#x",
        "https://partner.example/a b",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    assert send(url, fresh_secret()) == NotSent(0, FailureClass.CONFIGURATION)


@pytest.mark.parametrize(
    "leads_to",
    [
        ["10.0.0.5"],
        ["169.254.169.254"],
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:192.168.1.1"],
        ["93.184.215.14", "10.0.0.5"],
    ],
)
def test_a_name_that_leads_inwards_is_not_sent_to(leads_to: list[str]) -> None:
    settings = make_settings("postgresql://nowhere/nothing")
    door = WebhookChannel(settings, resolver=lambda host, port: leads_to)

    assert send("https://partner.example/", fresh_secret(), door=door) == NotSent(
        0, FailureClass.CONFIGURATION
    )


def test_without_the_setting_this_machine_is_closed(partner: Partner) -> None:
    door = channel(WEBHOOK_LOOPBACK="no")

    assert send(partner.url, partner.secret, door=door) == NotSent(0, FailureClass.CONFIGURATION)
    assert partner.bodies == []


def test_secrets_are_not_in_what_is_printed() -> None:
    assert "whsec_" not in repr(
        Outgoing(MESSAGE_ID, Channel.WEBHOOK, "https://x.example", BODY, secrets=("whsec_x",))
    )


@pytest.fixture
def partner() -> Partner:
    with partner_machine() as machine:
        machine.secret = fresh_secret()
        yield machine
