"""A call is a message without words; the caller hears nothing that names us, whatever goes wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cast import ACCOUNT_SID, AMINA, AUTH_TOKEN, LOCKED_IN, PUBLIC_URL, SMS_NUMBER
from conftest import make_settings
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from cases.models import AnonymousCall, Case, Event, Message, Person
from cases.vocabulary import Channel, MessageKind, Role
from hotline.app import create_app
from hotline.channels.twilio.signing import signature_for
from hotline.spool import Spool
from hotline.worker.replay_spool import SpoolReplay

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def parameters(sender: str = AMINA, *, sid: str | None = None, **more: str) -> dict[str, str]:
    return {
        "CallSid": sid or "CA" + uuid.uuid4().hex,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "To": SMS_NUMBER,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        **more,
    }


def post(client: FlaskClient, path: str, form: dict[str, str], *, token: str = AUTH_TOKEN) -> Any:
    signature = signature_for(token, PUBLIC_URL + path, form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def call(client: FlaskClient, sender: str = AMINA, **more: str) -> Any:
    return post(client, "/twilio/voice", parameters(sender, **more))


def test_it_is_declined_without_a_word(client: FlaskClient) -> None:
    answer = call(client)

    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith('<Response><Reject reason="busy"/></Response>') or "<Reject" in answer.text
    assert "Say" not in answer.text


def test_it_opens_a_case_with_number_country_and_local_time(client: FlaskClient, session: Session) -> None:
    call(client)

    session.rollback()
    message = session.scalars(select(Message).where(Message.kind == MessageKind.CALL)).one()
    assert (message.channel, message.body) == (Channel.CALL, "")
    assert message.content is not None
    told = message.content["call"]
    assert (told["country"], told["status"]) == ("SA", "ringing")
    assert told["local_time"].endswith("+03:00")
    case = session.scalars(select(Case)).one()
    assert (case.urgency.value, case.country, case.last_words) == ("U3", "SA", "📞")


def test_the_call_of_a_known_person_joins_their_case(
    client: FlaskClient, opened_case: Callable[..., Case], session: Session
) -> None:
    case = opened_case(LOCKED_IN)
    call(client)

    session.rollback()
    assert session.scalars(select(Message.case_id).where(Message.kind == MessageKind.CALL)).all() == [case.id]


def test_a_repeat_is_one_call(client: FlaskClient, session: Session) -> None:
    for _ in range(3):
        call(client, sid="CA" + "1" * 32)

    session.rollback()
    assert (
        session.scalar(select(func.count()).select_from(Message).where(Message.kind == MessageKind.CALL)) == 1
    )


@pytest.mark.parametrize("hidden", ["anonymous", "+266696687", "", "Restricted"])
def test_a_hidden_number_makes_no_person(client: FlaskClient, session: Session, hidden: str) -> None:
    assert call(client, hidden, sid="CA" + "2" * 32).status_code == 200
    assert call(client, hidden, sid="CA" + "2" * 32).status_code == 200

    session.rollback()
    assert session.scalar(select(func.count()).select_from(Person)) == 0
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert session.scalars(select(AnonymousCall)).one().content == {"call": {"status": "ringing"}}


def test_officers_see_a_hidden_caller_until_one_has_looked(
    client: FlaskClient, session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    call(client, "anonymous")
    session.rollback()
    found = session.scalars(select(AnonymousCall)).one()
    officer = signed_in_client(Role.OFFICER)

    assert "/console/anonymous-calls" in officer.get("/console/").text
    assert "ringing" in officer.get("/console/anonymous-calls").text
    assert officer.post(f"/console/anonymous-calls/{found.id}/seen").status_code == 302
    assert "/console/anonymous-calls" not in officer.get("/console/").text
    assert signed_in_client(Role.ADMIN).get("/console/anonymous-calls").status_code == 403


def test_how_it_ended_and_what_was_said_are_added(client: FlaskClient, session: Session) -> None:
    sid = "CA" + "3" * 32
    call(client, sid=sid)
    recording = {
        "CallSid": sid, "AccountSid": ACCOUNT_SID, "RecordingSid": "RE" + "4" * 32, "RecordingDuration": "23",
        "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/RE{'4' * 32}",
        "RecordingStatus": "completed",
    }  # fmt: skip
    for _ in range(2):
        assert post(client, "/twilio/voice/recording", recording).status_code == 200
    ended = parameters(sid=sid, CallStatus="completed", CallDuration="31") | {"CallStatus": "completed"}
    assert post(client, "/twilio/voice/status", ended).status_code == 200

    session.rollback()
    message = session.scalars(select(Message).where(Message.provider_sid == sid)).one()
    assert message.content is not None
    assert message.content["recording"]["seconds"] == 23
    assert message.content["recording"]["url"].endswith("RE" + "4" * 32)
    assert (message.content["call"]["status"], message.content["call"]["seconds"]) == ("completed", 31)
    lines = session.scalars(select(Event.data).where(Event.kind == "message_received")).all()
    assert [line.get("part") for line in lines] == ["recording"]


def test_an_empty_recording_is_none(client: FlaskClient, session: Session) -> None:
    sid = "CA" + "5" * 32
    call(client, sid=sid)
    absent = parameters(sid=sid, RecordingUrl="https://api.twilio.com/x", RecordingStatus="absent")
    post(client, "/twilio/voice/recording", absent)

    session.rollback()
    content = session.scalars(select(Message.content).where(Message.provider_sid == sid)).one()
    assert content is not None
    assert "recording" not in content


def test_voice_mail_is_a_tone_and_silence(tmp_path: Path, database_url: str, clean: None) -> None:
    app = create_app(make_settings(database_url, VOICE_MAIL="on", SPOOL_DIR=str(tmp_path / "s")))

    answer = call(app.test_client())

    assert "<Record" in answer.text
    assert f'recordingStatusCallback="{PUBLIC_URL}/twilio/voice/recording"' in answer.text
    assert "<Say" not in answer.text
    assert "<Play" not in answer.text
    assert "<Hangup" in post(app.test_client(), "/twilio/voice/done", parameters()).text


def test_without_a_database_the_caller_hears_the_same_and_the_call_is_kept(
    tmp_path: Path, session: Session, sessions: sessionmaker[Session], client: FlaskClient
) -> None:
    spool = Spool(tmp_path / "spool")
    cut_off: Flask = create_app(make_settings(NOWHERE, SPOOL_DIR=str(spool.directory)))
    sid = "CA" + "6" * 32

    answer = call(cut_off.test_client(), sid=sid)
    recorded = {"CallSid": sid, "AccountSid": ACCOUNT_SID, "RecordingUrl": "https://api.twilio.com/r"}
    post(cut_off.test_client(), "/twilio/voice/recording", recorded)

    assert answer.text == call(client, "anonymous").text
    assert SpoolReplay(spool, sessions).replay() == 2
    session.rollback()
    content = session.scalars(select(Message.content).where(Message.provider_sid == sid)).one()
    assert content is not None
    assert content["recording"]["url"] == "https://api.twilio.com/r"
    assert content["came"]["by"] == "spool"


def test_a_recording_that_came_before_its_call_waits_for_it(
    tmp_path: Path, session: Session, sessions: sessionmaker[Session], client: FlaskClient
) -> None:
    """The call's own webhook failed, so the list will bring it minutes later: her words must not be dead by then."""
    spool = Spool(tmp_path / "spool")
    cut_off: Flask = create_app(make_settings(NOWHERE, SPOOL_DIR=str(spool.directory)))
    sid = "CA" + "7" * 32
    recorded = {"CallSid": sid, "AccountSid": ACCOUNT_SID, "RecordingUrl": "https://api.twilio.com/r"}
    post(cut_off.test_client(), "/twilio/voice/recording", recorded)
    replay = SpoolReplay(spool, sessions)

    assert (replay.replay(), replay.replay_early()) == (0, 0)
    assert (spool.dead(), len(spool.early())) == ([], 1)
    assert spool.oldest() is None, "it must not keep the list from being read, which brings the call"

    call(client, sid=sid)
    assert replay.replay_early() == 1
    session.rollback()
    content = session.scalars(select(Message.content).where(Message.provider_sid == sid)).one()
    assert content is not None
    assert content["recording"]["url"] == "https://api.twilio.com/r"
    assert spool.early() == []


def test_a_report_of_a_call_that_never_comes_is_left_to_a_human(
    tmp_path: Path, sessions: sessionmaker[Session], clean: None
) -> None:
    spool = Spool(tmp_path / "spool")
    cut_off: Flask = create_app(make_settings(NOWHERE, SPOOL_DIR=str(spool.directory)))
    recorded = {
        "CallSid": "CA" + "8" * 32,
        "AccountSid": ACCOUNT_SID,
        "RecordingUrl": "https://api.twilio.com/r",
    }
    post(cut_off.test_client(), "/twilio/voice/recording", recorded)
    replay = SpoolReplay(spool, sessions)
    replay.replay()

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        replay.replay_early()

    assert (spool.early(), len(spool.dead())) == ([], 1)


def test_a_call_with_a_nul_in_it_is_a_call(client: FlaskClient, session: Session) -> None:
    call(client, sid="CA" + "9" * 31 + "\x00", ForwardedFrom="\x00")

    session.rollback()
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_even_a_full_disk_says_nothing_to_the_caller(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cut_off = create_app(make_settings(NOWHERE, SPOOL_DIR=str(tmp_path / "file")))

    answer = call(cut_off.test_client())

    assert answer.status_code == 200
    assert "<Reject" in answer.text


def test_who_does_not_sign_cannot_call(client: FlaskClient, session: Session) -> None:
    for path in ("/twilio/voice", "/twilio/voice/status", "/twilio/voice/recording", "/twilio/voice/done"):
        assert post(client, path, parameters(), token="not-the-token").status_code == 403

    session.rollback()
    assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_reply_to_a_caller_goes_by_sms(
    client: FlaskClient, session: Session, signed_in_client: Callable[[Role], FlaskClient]
) -> None:
    call(client)
    session.rollback()
    reference = session.scalars(select(Case.reference)).one()

    signed_in_client(Role.OFFICER).post(f"/console/cases/{reference}/reply", data={"reply_body": "Halo kak"})

    session.rollback()
    assert session.scalars(select(Message.channel).where(Message.kind == MessageKind.REPLY)).all() == [
        Channel.SMS
    ]
