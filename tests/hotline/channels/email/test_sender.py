"""What SMTP's answers mean, against a real server."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from uuid import UUID

import pytest
import trustme
from conftest import make_settings
from smtp_server import smtp_server

from cases.vocabulary import Channel
from hotline.channels.email.sender import EmailChannel
from hotline.channels.port import FailureClass, NotSent, Outgoing, Sent, Unknown

MESSAGE_ID = UUID("01935c1e-0000-7000-8000-000000000001")
BODY = "Satu rujukan menunggu.\n.titik di depan\nNama: Sri Rahayuningsih é\n"
MAIL = Outgoing(MESSAGE_ID, Channel.EMAIL, "piket@mitra.example", BODY, subject="TRC U1: rujukan")


def channel(port: int, *, scheme: str = "smtp", login: str = "", **extra: str) -> EmailChannel:
    url = f"{scheme}://{login}127.0.0.1:{port}"
    changes = {"SMTP_URL": url, "MAIL_FROM": "trc@hotline.example", **extra}
    return EmailChannel(make_settings("postgresql://nowhere/nothing", **changes))


def test_a_mail_arrives_as_it_was_written_and_carries_our_own_id() -> None:
    with smtp_server() as server:
        outcome = channel(server.port, MAIL_REPLY_TO="petugas@hotline.example").send(MAIL)

        assert outcome == Sent(f"<{MESSAGE_ID}@hotline.example>", "sent")
        (mail,) = server.mails
        assert mail["Message-ID"] == f"<{MESSAGE_ID}@hotline.example>"
        assert (mail["From"], mail["To"]) == ("trc@hotline.example", "piket@mitra.example")
        assert mail["Reply-To"] == "petugas@hotline.example"
        assert mail["Subject"] == "TRC U1: rujukan"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert server.raw[0].isascii()
        assert mail.get_content().replace("\r\n", "\n") == BODY


def test_every_mail_has_a_connection_of_its_own() -> None:
    with smtp_server() as server:
        door = channel(server.port)
        for _ in range(3):
            door.send(MAIL)

        assert server.connections == 3
        assert len(server.raw) == 3


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("450 greylisted", NotSent(450, FailureClass.RETRY_SLOWLY)),
        ("452 too many recipients", NotSent(452, FailureClass.RETRY_SLOWLY)),
        ("550 no such user", NotSent(550, FailureClass.ADDRESS)),
        ("552 mailbox full", NotSent(552, FailureClass.ADDRESS)),
    ],
)
def test_a_recipient_is_refused_for_now_or_for_good(answer: str, outcome: NotSent) -> None:
    with smtp_server() as server:
        server.rcpt.append(answer)

        assert channel(server.port).send(MAIL) == outcome
        assert server.raw == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 try later", NotSent(451, FailureClass.RETRY_SLOWLY)),
        ("554 looks like spam", NotSent(554, FailureClass.CONTENT)),
    ],
)
def test_a_mail_is_refused_after_it_was_read(answer: str, outcome: NotSent) -> None:
    with smtp_server() as server:
        server.data.append(answer)

        assert channel(server.port).send(MAIL) == outcome


def test_a_greylisted_mail_gets_through_the_second_time() -> None:
    with smtp_server() as server:
        server.rcpt.append("451 4.7.1 greylisted, come back in a minute")
        door = channel(server.port)

        assert isinstance(door.send(MAIL), NotSent)
        assert isinstance(door.send(MAIL), Sent)
        assert len(server.raw) == 1


def test_a_connection_lost_after_the_text_leaves_the_outcome_open() -> None:
    with smtp_server() as server:
        server.drop_after_data = 1
        door = channel(server.port)

        assert isinstance(door.send(MAIL), Unknown)
        assert isinstance(door.send(MAIL), Sent)
        # The server had it both times: one Message-ID tells it that they are one.
        assert len({mail["Message-ID"] for mail in server.mails}) == 1


def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.channels.email.server.ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = channel(silent.getsockname()[1]).send(MAIL)

    assert outcome == NotSent(0, FailureClass.RETRY_SLOWLY)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    assert channel(port).send(MAIL) == NotSent(0, FailureClass.RETRY_SLOWLY)


def test_without_a_server_nothing_is_sent() -> None:
    door = EmailChannel(make_settings("postgresql://nowhere/nothing"))

    assert door.send(MAIL) == NotSent(0, FailureClass.CONFIGURATION)


@pytest.mark.parametrize("to", ["dua@a.example, tiga@b.example", "x@y\r\nRCPT TO:<z@w>", "piket", ""])
def test_what_is_not_one_address_is_not_sent_to(to: str) -> None:
    with smtp_server() as server:
        bad = Outgoing(MESSAGE_ID, Channel.EMAIL, to, BODY, subject="x")

        assert channel(server.port).send(bad) == NotSent(0, FailureClass.ADDRESS)
        assert server.connections == 0


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_over_tls_with_a_password(scheme: str, implicit: bool, certificates: Certificates) -> None:
    with smtp_server(tls=certificates.server, implicit=implicit, needs_login=True) as server:
        door = channel(
            server.port, scheme=scheme, login="trc:right@", SMTP_CA_FILE=str(certificates.authority)
        )

        assert isinstance(door.send(MAIL), Sent)
        assert server.logins == ["trc"]
        assert server.secure == [True]


def test_a_wrong_password_is_not_tried_again(certificates: Certificates) -> None:
    with smtp_server(tls=certificates.server, needs_login=True) as server:
        door = channel(
            server.port,
            scheme="smtp+starttls",
            login="trc:wrong@",
            SMTP_CA_FILE=str(certificates.authority),
        )

        assert door.send(MAIL) == NotSent(535, FailureClass.CONFIGURATION)


@pytest.mark.parametrize(("scheme", "implicit"), [("smtps", True), ("smtp+starttls", False)])
def test_a_server_nobody_vouches_for_hears_nothing(
    scheme: str, implicit: bool, certificates: Certificates
) -> None:
    with smtp_server(tls=certificates.server, implicit=implicit) as server:
        door = channel(server.port, scheme=scheme, login="trc:right@")

        assert door.send(MAIL) == NotSent(0, FailureClass.CONFIGURATION)
        assert (server.logins, server.raw) == ([], [])


def test_a_server_without_starttls_hears_nothing() -> None:
    with smtp_server() as server:
        door = channel(server.port, scheme="smtp+starttls", login="trc:right@")

        assert door.send(MAIL) == NotSent(0, FailureClass.CONFIGURATION)
        assert (server.logins, server.raw) == ([], [])


class Certificates:
    """A certificate of an authority that only `SMTP_CA_FILE` knows."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self.server)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
