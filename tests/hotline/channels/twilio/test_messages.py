"""Odd messages are kept as they came; malformed ones are told so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cast import ACCOUNT_SID, AMINA, AUTH_TOKEN, PUBLIC_URL
from conftest import inbound_parameters
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message
from hotline.channels.twilio.signing import signature_for

Post = Callable[..., Any]


def signed_post(client: FlaskClient, parameters: dict[str, str]) -> Any:
    signature = signature_for(AUTH_TOKEN, f"{PUBLIC_URL}/twilio/messages", parameters)
    return client.post("/twilio/messages", data=parameters, headers={"X-Twilio-Signature": signature})


def stored(session: Session) -> Message:
    session.rollback()
    return session.scalars(select(Message)).one()


def test_it_answers_empty_twiml(post_message: Post) -> None:
    answer = post_message("halo")

    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    assert answer.text.endswith("<Response/>")


@pytest.mark.parametrize(
    "body", ["", "   ", "\n\n", "🆘🆘🆘", "a" * 5000, "  spasi tetap  ", "سلام", "<script>alert(1)</script>"]
)
def test_a_body_is_kept_as_received(post_message: Post, session: Session, body: str) -> None:
    assert post_message(body).status_code == 200

    assert stored(session).body == body


def test_a_nul_is_shown_by_a_mark_and_the_bytes_are_kept(post_message: Post, session: Session) -> None:
    assert post_message("halo\x00saya").status_code == 200

    message = stored(session)
    assert message.body == "halo␀saya"
    assert message.body_raw == b"halo\x00saya"


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("selamat pagi, mau tanya syarat perpanjang paspor", 2),
        # With signs for the contact plan: somebody met just now has hers written in the same statement.
        ("gaji belum dibayar 3 bulan, jangan telpon hp dipegang majikan", 2),
        # Answered by a job.
        ("STATUS", 3),
    ],
)
def test_a_first_message_costs_few_statements(
    post_message: Post, statements: Callable[[], Any], body: str, most: int
) -> None:
    post_message("yang pertama membaca buku", sender="+966500000901")
    with statements() as seen:
        assert post_message(body, sender="+966500000902").status_code == 200

    assert 2 <= len(seen) <= most


def test_unknown_parameters_are_kept(post_message: Post, session: Session) -> None:
    post_message("halo", SomethingNew="yes")

    extra = stored(session).extra
    assert extra is not None
    assert extra["SomethingNew"] == "yes"


def test_a_place_and_a_button_are_kept(post_message: Post, session: Session) -> None:
    post_message(
        "",
        sender=f"whatsapp:{AMINA}",
        Latitude="24.7",
        Longitude="46.7",
        Address="Riyadh",
        ButtonText="Ya",
        ButtonPayload="y",
    )

    assert stored(session).content == {
        "location": {"latitude": "24.7", "longitude": "46.7", "address": "Riyadh"},
        "button": {"text": "Ya", "payload": "y"},
    }


@pytest.mark.parametrize("sender", ["anonymous", "BANK", "whatsapp:nobody", "+266696687", "12345"])
def test_a_strange_sender_is_not_lost(post_message: Post, session: Session, sender: str) -> None:
    assert post_message("tolong", sender=sender).status_code == 200

    session.rollback()
    assert len(session.scalars(select(Case)).all()) == 1


def test_a_large_body_is_taken_in(post_message: Post, session: Session) -> None:
    assert post_message("x" * 1_000_000).status_code == 200

    assert len(stored(session).body or "") == 1_000_000


def test_without_an_id_it_is_refused_with_the_reason(client: FlaskClient) -> None:
    parameters = inbound_parameters("halo")
    del parameters["MessageSid"]

    answer = signed_post(client, parameters)

    assert (answer.status_code, answer.text) == (400, "refused: malformed\n")


def test_another_account_is_refused(client: FlaskClient) -> None:
    answer = signed_post(client, inbound_parameters("halo") | {"AccountSid": "AC" + "f" * 32})

    assert answer.status_code == 403
    assert ACCOUNT_SID not in answer.text


def test_a_megabyte_of_nonsense_is_refused(client: FlaskClient) -> None:
    answer = client.post("/twilio/messages", data=b"\x00\xff" * 500_000, content_type="text/plain")

    assert answer.status_code == 403


def test_names_numbers_and_words_stay_out_of_the_log(
    post_message: Post, client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    post_message("kata-rahasia tolong disekap", sender=f"whatsapp:{AMINA}", ProfileName="Nama-Rahasia")
    client.post("/twilio/messages", data=inbound_parameters("kata-rahasia"))

    logged = "".join(capfd.readouterr())
    assert "rahasia" not in logged.lower()
    assert AMINA[1:] not in logged
