"""The phones have a mailbox: e-mails of the hotline end there and can be read."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from cast import ACCOUNT_SID, AUTH_TOKEN
from conftest import make_settings

from cases.vocabulary import Channel
from hotline.channels.email.sender import EmailChannel
from hotline.channels.phones import PhonesServer, PhonesSettings, build_server
from hotline.channels.port import Outgoing, Sent


@pytest.fixture
def phones() -> Iterator[PhonesServer]:
    made = build_server(PhonesSettings(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, smtp_port=0))
    made.start()
    yield made
    made.stop()


def send(phones: PhonesServer, body: str) -> object:
    assert phones.mail is not None
    settings = make_settings(
        "postgresql://nowhere/nothing",
        SMTP_URL=f"smtp://127.0.0.1:{phones.mail.port}",
        MAIL_FROM="trc@hotline.example",
    )
    outgoing = Outgoing(uuid4(), Channel.EMAIL, "kbri@example.org", body, subject="TRC U1: rujukan <b>")
    return EmailChannel(settings).send(outgoing)


def test_a_mail_can_be_read_and_its_link_followed(phones: PhonesServer) -> None:
    assert isinstance(send(phones, "Buka:\nhttps://hotline.example/r/abc\n<script>x</script>\n"), Sent)

    (mail,) = requests.get(f"{phones.url}/_control/mail", timeout=5).json()["mails"]
    assert (mail["to"], mail["subject"]) == ("kbri@example.org", "TRC U1: rujukan <b>")
    shown = requests.get(f"{phones.url}/mail", timeout=5).text
    assert 'href="https://hotline.example/r/abc"' in shown
    assert "<script>x" not in shown and "rujukan <b>" not in shown
    assert "kbri@example.org" in requests.get(f"{phones.url}/mail?lang=en", timeout=5).text
    assert '/mail?lang=id"' in requests.get(f"{phones.url}/", timeout=5).text


def test_a_reset_empties_it(phones: PhonesServer) -> None:
    send(phones, "satu\n")
    requests.post(f"{phones.url}/_control/reset", json={}, timeout=5)

    assert requests.get(f"{phones.url}/_control/mail", timeout=5).json()["mails"] == []


def test_phones_without_mail_do_not_speak_of_it() -> None:
    made = build_server(PhonesSettings(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN))
    made.start()
    try:
        assert made.mail is None
        assert "/mail" not in requests.get(f"{made.url}/", timeout=5).text
    finally:
        made.stop()
