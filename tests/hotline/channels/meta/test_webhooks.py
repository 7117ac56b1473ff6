"""What Meta posts to us: signed or refused, taken in by the same act as Twilio's, once, and never lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import AMINA, AMINA_USER_ID, BERTA, LOCKED_IN
from conftest import make_settings
from flask import Flask
from flask.testing import FlaskClient
from meta_place import (
    APP_SECRET,
    NUMBER_ID,
    TOKEN,
    VERIFY_TOKEN,
    message_of,
    signed,
    text_message,
    webhook,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Attachment, Case, Identifier, Message, Referral
from cases.vocabulary import Channel, Direction, IdentifierKind, MessageKind, Urgency
from escalation.models import Page
from hotline.app import create_app
from hotline.extensions import db
from hotline.spool import Spool
from hotline.worker.replay_spool import SpoolReplay

Post = Callable[..., Any]
SETTINGS = {
    "WHATSAPP_PROVIDER": "meta",
    "META_ACCESS_TOKEN": TOKEN,
    "META_PHONE_NUMBER_ID": NUMBER_ID,
    "META_APP_SECRET": APP_SECRET,
    "META_APP_SECRET_NEXT": "the-next-app-secret",
    "META_VERIFY_TOKEN": VERIFY_TOKEN,
}


@pytest.fixture
def meta(clean: None, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(make_settings(database_url, SPOOL_DIR=str(tmp_path / "spool"), **SETTINGS))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(meta: Flask) -> FlaskClient:
    return meta.test_client()


@pytest.fixture
def post(client: FlaskClient) -> Post:
    def send(payload: Any, *, secret: str = APP_SECRET, signature: str | None = None) -> Any:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        header = signed(body, secret) if signature is None else signature
        headers = {"X-Hub-Signature-256": header, "Content-Type": "application/json"}
        return client.post("/meta/webhook", data=body, headers=headers)

    return send


def messages(session: Session) -> list[Message]:
    session.rollback()
    query = select(Message).where(Message.direction == Direction.IN).order_by(Message.created_at)
    return list(session.scalars(query))


def test_the_challenge_is_answered_to_whoever_knows_the_word(client: FlaskClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}

    assert client.get("/meta/webhook", query_string=asked).text == "1158201444"
    assert client.get("/meta/webhook", query_string=asked | {"hub.verify_token": "x"}).status_code == 403
    assert client.get("/meta/webhook").status_code == 403


def test_a_locked_in_worker_opens_a_critical_case(post: Post, session: Session) -> None:
    assert post(webhook(text_message(AMINA, LOCKED_IN))).status_code == 200

    session.rollback()
    case = session.scalars(select(Case)).one()
    assert (case.urgency, case.country) == (Urgency.U1, "SA")
    assert session.scalars(select(Referral)).all()
    (message,) = messages(session)
    assert (message.channel, message.body, message.kind) == (Channel.WHATSAPP, LOCKED_IN, MessageKind.REPORT)
    known = session.scalars(select(Identifier)).one()
    assert (known.kind, known.value) == (IdentifierKind.PHONE, AMINA)


def test_a_repeat_changes_nothing(post: Post, session: Session) -> None:
    payload = webhook(text_message(AMINA, LOCKED_IN))
    for _ in range(3):
        assert post(payload).status_code == 200

    assert len(messages(session)) == 1


def test_somebody_with_a_username_is_known_by_their_id(post: Post, session: Session) -> None:
    hidden = message_of("", {"type": "text", "text": {"body": "halo"}}, user_id=AMINA_USER_ID)
    assert post(webhook(hidden)).status_code == 200
    first = message_of(AMINA, {"type": "text", "text": {"body": "ini saya"}}, user_id=AMINA_USER_ID)
    assert post(webhook(first)).status_code == 200

    session.rollback()
    assert len(session.scalars(select(Case)).all()) == 1
    kinds = {identifier.kind for identifier in session.scalars(select(Identifier))}
    assert kinds == {IdentifierKind.BSUID, IdentifierKind.PHONE}


def test_a_duty_contact_writes_commands(post: Post, session: Session) -> None:
    post(webhook(text_message(AMINA, LOCKED_IN)))
    code = session.scalars(select(Page.code)).one()
    session.rollback()
    assert post(webhook(text_message(BERTA, code))).status_code == 200

    assert [message.kind for message in messages(session)] == [MessageKind.REPORT, MessageKind.COMMAND]
    assert session.scalars(select(Page)).one().acknowledged_at is not None


@pytest.mark.parametrize(
    ("content", "body", "told"),
    [
        (
            {"type": "location", "location": {"latitude": 24.7, "longitude": 46.6, "name": "Rumah"}},
            "",
            {"location": {"latitude": "24.7", "longitude": "46.6", "label": "Rumah"}},
        ),
        (
            {"type": "button", "button": {"text": "Ya", "payload": "yes"}},
            "Ya",
            {"button": {"text": "Ya", "payload": "yes"}},
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "Gaji"}},
            },
            "Gaji",
            {"list_reply": {"id": "1", "title": "Gaji", "description": None}},
        ),
        (
            {
                "type": "text",
                "text": {"body": "lihat"},
                "context": {"id": "wamid.x", "from": "1", "forwarded": True},
            },
            "lihat",
            {"reply_to": {"sid": "wamid.x", "sender": "1"}, "forwarded": "once"},
        ),
        (
            {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
            "👍",
            {"reaction": {"sid": "wamid.x"}},
        ),
        ({"type": "contacts", "contacts": [{"name": {"formatted_name": "X"}}]}, "", {"contact_card": True}),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "", {"unsupported": {"type": "unsupported"}}),
        ({"type": "something_new"}, "", {"unsupported": {"type": "something_new"}}),
    ],
)
def test_what_a_message_carries_is_kept(
    post: Post, session: Session, content: dict[str, Any], body: str, told: dict[str, Any]
) -> None:
    assert post(webhook(message_of(AMINA, content))).status_code == 200

    (message,) = messages(session)
    assert (message.body, message.content) == (body, told)


def test_a_picture_is_an_attachment_with_its_caption(post: Post, session: Session) -> None:
    image = {"id": "1234567890", "mime_type": "image/jpeg", "sha256": "x", "caption": "paspor saya"}
    assert post(webhook(message_of(AMINA, {"type": "image", "image": image}))).status_code == 200

    (message,) = messages(session)
    assert message.body == "paspor saya"
    attachment = session.scalars(select(Attachment)).one()
    assert (attachment.source_url, attachment.declared_type) == ("meta:1234567890", "image/jpeg")


def test_what_the_database_cannot_hold_is_marked(post: Post, session: Session) -> None:
    assert post(webhook(text_message(AMINA, "tolong\x00saya \ud800"))).status_code == 200

    (message,) = messages(session)
    assert message.body == "tolong␀saya �"


def test_several_messages_of_one_post_are_all_taken(post: Post, session: Session) -> None:
    payload = webhook(text_message(AMINA, "satu"))
    payload["entry"] += webhook(text_message("+966000000102", "dua"))["entry"]
    value = payload["entry"][0]["changes"][0]["value"]
    value["messages"].append({**value["messages"][0], "id": "wamid.third", "text": {"body": "tiga"}})

    assert post(payload).status_code == 200
    assert {message.body for message in messages(session)} == {"satu", "dua", "tiga"}


def test_a_message_from_nobody_holds_up_no_other(post: Post, session: Session, meta: Flask) -> None:
    payload = webhook(text_message(AMINA, "satu"))
    value = payload["entry"][0]["changes"][0]["value"]
    value["contacts"] = []
    value["messages"].insert(0, {"id": "wamid.nobody", "type": "text", "text": {"body": "?"}})

    assert post(payload).status_code == 200
    assert [message.body for message in messages(session)] == ["satu"]
    assert len(meta.extensions["spool"].dead()) == 1


def test_another_number_of_the_account_is_left_alone(post: Post, session: Session) -> None:
    assert post(webhook(text_message(AMINA, "halo"), number_id="999")).status_code == 200

    assert messages(session) == []


def test_the_next_secret_is_good_as_well(post: Post, session: Session) -> None:
    assert post(webhook(text_message(AMINA, "halo")), secret="the-next-app-secret").status_code == 200

    assert len(messages(session)) == 1


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=x", "sha256=é", "sha256=" + "a" * 999]
)
def test_what_meta_did_not_sign_is_refused(post: Post, session: Session, signature: str) -> None:
    assert post(webhook(text_message(AMINA, LOCKED_IN)), signature=signature).status_code == 403

    assert messages(session) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"{}",
        b'{"object":"page"}',
        b"\xff\xfe",
        b'{"object":"whatsapp_business_account","entry":3}',
        b"[" * 100_000,
    ],
)
def test_signed_nonsense_neither_fails_nor_is_lost(post: Post, body: bytes, meta: Flask) -> None:
    assert post(body).status_code == 200

    assert len(meta.extensions["spool"].dead()) == (0 if b"entry" in body else 1)


def test_without_a_database_it_goes_to_the_disk_and_comes_back(
    meta: Flask, session: Session, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    away = create_app(
        make_settings("postgresql://nobody@127.0.0.1:1/x", SPOOL_DIR=str(tmp_path / "spool"), **SETTINGS)
    )
    body = json.dumps(webhook(text_message(AMINA, LOCKED_IN))).encode()
    answer = away.test_client().post(
        "/meta/webhook", data=body, headers={"X-Hub-Signature-256": signed(body)}
    )
    assert answer.status_code == 200

    spool: Spool = meta.extensions["spool"]
    assert len(spool.waiting()) == 1
    assert SpoolReplay(spool, sessions).replay() == 1
    (message,) = messages(session)
    assert message.body == LOCKED_IN
    assert message.content is not None and message.content["came"]["by"] == "spool"
    assert spool.waiting() == spool.dead() == []


def test_twilio_alone_has_no_door_for_meta(app: Flask) -> None:
    assert app.test_client().post("/meta/webhook", data=b"{}").status_code == 404
