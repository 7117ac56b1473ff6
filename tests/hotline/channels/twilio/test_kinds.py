"""Every kind of message keeps what it carries, and officers see it with a sign and a word."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cast import AMINA, LOCKED_IN
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message
from cases.vocabulary import Role
from hotline.channels.twilio.intake import inbound_of

Post = Callable[..., Any]
WHATSAPP = f"whatsapp:{AMINA}"
FORM = {"MessageSid": "SM1", "AccountSid": "AC1", "From": WHATSAPP, "To": WHATSAPP, "NumMedia": "0"}

KINDS: dict[str, tuple[dict[str, str], str, dict[str, Any], str]] = {
    "list": (
        {"ListId": "GAJI", "ListTitle": "Gaji tidak dibayar", "ListDescription": "3 bulan"},
        "",
        {"list_reply": {"id": "GAJI", "title": "Gaji tidak dibayar", "description": "3 bulan"}},
        "Pilihan dari daftar",
    ),
    "button": (
        {"ButtonText": "Ya", "ButtonPayload": "y"},
        "Ya",
        {"button": {"text": "Ya", "payload": "y"}},
        "Tombol",
    ),
    "flow": ({"FlowData": '{"screen": {"a": 1}}'}, "", {"flow": {"screen": {"a": 1}}}, "Formulir terisi"),
    "interactive": (
        {"InteractiveData": "no json"},
        "",
        {"interactive": {"raw": "no json"}},
        "Jawaban interaktif",
    ),
    "quote": (
        {"OriginalRepliedMessageSid": "SM9", "OriginalRepliedMessageSender": "whatsapp:+12025550143"},
        "betul",
        {"reply_to": {"sid": "SM9", "sender": "whatsapp:+12025550143"}},
        "Menjawab pesan yang tidak ada",
    ),
    "forwarded": (
        {"Forwarded": "true", "FrequentlyForwarded": "false"},
        "x",
        {"forwarded": "once"},
        "Diteruskan",
    ),
    "forwarded_often": (
        {"Forwarded": "true", "FrequentlyForwarded": "true"},
        "x",
        {"forwarded": "often"},
        "Diteruskan berkali-kali",
    ),
    "referral": (
        {
            "ReferralHeadline": "Bantuan",
            "ReferralSourceId": "12",
            "ReferralNumMedia": "0",
            "ReferralNew": "z",
        },
        "x",
        {"referral": {"headline": "Bantuan", "source_id": "12", "New": "z"}},
        "Datang dari iklan",
    ),
    "context": (
        {
            "ChannelMetadata": json.dumps(
                {"type": "whatsapp", "data": {"context": {"WaId": "1", "Lain": "b"}}}
            )
        },
        "x",
        {"context": {"Lain": "b"}},
        "Keterangan saluran",
    ),
    "username": ({"ProfileUsername": "sari.k"}, "x", {"username": "sari.k"}, "Nama pengguna"),
    "card": (
        {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "text/vcard"},
        "",
        {"media": {"count": 1, "types": ["text/vcard"]}, "contact_card": True},
        "Kartu kontak",
    ),
    "part": ({}, "(2/3) lanjutannya", {"part": {"number": 2, "of": 3}}, "bagian 2 dari 3"),
    "unsupported": (
        {"MessageType": "unsupported"},
        "",
        {"unsupported": {"type": "unsupported"}},
        "Jenis yang tidak didukung",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_kept_and_shown(
    post_message: Post, session: Session, signed_in_client: Callable[[Role], FlaskClient], kind: str
) -> None:
    extra, body, content, words = KINDS[kind]

    assert post_message(body, sender=WHATSAPP, **extra).status_code == 200

    session.rollback()
    message = session.scalars(select(Message).where(Message.direction == "in")).one()
    assert message.content == content
    reference = session.scalars(select(Case.reference)).one()
    assert words in signed_in_client(Role.OFFICER).get(f"/console/cases/{reference}").text


def test_the_api_shows_it_too(
    post_message: Post, session: Session, client: FlaskClient, bearer: Callable[[Role], dict[str, str]]
) -> None:
    post_message("x", sender=WHATSAPP, Forwarded="true")
    session.rollback()
    reference = session.scalars(select(Case.reference)).one()

    answer = client.get(f"/api/v1/cases/{reference}", headers=bearer(Role.OFFICER)).json

    assert answer["messages"][0]["content"] == {"forwarded": "once"}


def test_words_in_base64_are_judged_as_words_and_kept_raw(
    post_message: Post, session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    raw = base64.b64encode(LOCKED_IN.encode()).decode()

    post_message(raw)

    session.rollback()
    case = session.scalars(select(Case)).one()
    message = session.scalars(select(Message).where(Message.direction == "in")).one()
    assert (message.body, case.urgency.value) == (raw, "U1")
    assert message.content == {"decoded_guess": LOCKED_IN}
    assert "dugaan" in signed_in_client(Role.OFFICER).get(f"/console/cases/{case.reference}").text


def test_a_line_of_a_list_is_judged_as_words(post_message: Post, session: Session) -> None:
    post_message("", sender=WHATSAPP, ListTitle=LOCKED_IN, ListId="1")

    session.rollback()
    assert session.scalars(select(Case)).one().urgency.value == "U1"


def test_a_quotation_leads_to_what_it_quotes(
    post_message: Post, session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    post_message("satu", sid="SM" + "7" * 32)
    post_message("dua", OriginalRepliedMessageSid="SM" + "7" * 32)
    session.rollback()
    quoted = session.scalars(select(Message.id).where(Message.provider_sid == "SM" + "7" * 32)).one()
    reference = session.scalars(select(Case.reference)).one()

    assert (
        f'href="#message-{quoted}"' in signed_in_client(Role.OFFICER).get(f"/console/cases/{reference}").text
    )


def test_what_others_wrote_into_it_is_no_markup(
    post_message: Post, session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    evil = "<script>alert(1)</script>"
    post_message(
        "x", sender=WHATSAPP, ListTitle=evil, ListId="1", FlowData=json.dumps({"a": evil}), ProfileUsername=evil,
        ReferralHeadline=evil, MessageType=evil, Latitude="1", Longitude="2", Label=evil,
    )  # fmt: skip
    session.rollback()
    reference = session.scalars(select(Case.reference)).one()

    assert evil not in signed_in_client(Role.OFFICER).get(f"/console/cases/{reference}").text


_NAMES = st.sampled_from(
    ["Body", "NumMedia", "MediaContentType0", "FlowData", "InteractiveData", "ChannelMetadata", "ListId", "ListTitle",
     "ButtonText", "Forwarded", "ReferralBody", "ReferralX", "OriginalRepliedMessageSid", "ProfileUsername", "Latitude",
     "Longitude", "MessageType", "OptOutType", "WaId", "ExternalUserId", "Unknown"]
)  # fmt: skip
_VALUES = st.one_of(
    st.text(),
    st.sampled_from(['{"a": "\\ud800"}', "[" * 5000, "NaN", '{"a": NaN}', "9" * 5000, "true", "-1", "{}"]),
)


@given(st.dictionaries(_NAMES, _VALUES))
def test_no_form_breaks_it(more: dict[str, str]) -> None:
    inbound = inbound_of(FORM | more)

    json.dumps(inbound.content, ensure_ascii=False).encode()
    assert inbound.addresses
