"""Nothing is lost while the database is away: the message is on the disk before it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cast import AUTH_TOKEN, ELI, LOCKED_IN, PUBLIC_URL
from conftest import inbound_parameters, make_settings
from flask import Flask
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Case, Message
from hotline.app import create_app
from hotline.channels.twilio.flood_gate import MOST_IN_WINDOW
from hotline.channels.twilio.signing import signature_for
from hotline.spool import Spool
from hotline.worker.replay_spool import SpoolReplay

# Port 1 of this machine answers nobody.
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
MESSAGES, FALLBACK = "/twilio/messages", "/twilio/messages/fallback"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def cut_off(spool: Spool) -> Iterator[Flask]:
    """A hotline whose database is gone."""
    yield create_app(make_settings(NOWHERE, SPOOL_DIR=str(spool.directory)))


@pytest.fixture
def replay(spool: Spool, sessions: sessionmaker[Session], clean: None) -> SpoolReplay:
    return SpoolReplay(spool, sessions)


def post(app: Flask, path: str, parameters: dict[str, str], *, token: str = AUTH_TOKEN) -> Any:
    headers = {"X-Twilio-Signature": signature_for(token, PUBLIC_URL + path, parameters)}
    return app.test_client().post(path, data=parameters, headers=headers)


def stored(session: Session) -> list[Message]:
    session.rollback()
    return list(
        session.scalars(select(Message).where(Message.provider_sid.is_not(None)).order_by(Message.created_at))
    )


@pytest.mark.parametrize("path", [MESSAGES, FALLBACK])
def test_without_a_database_the_message_goes_to_the_disk(cut_off: Flask, spool: Spool, path: str) -> None:
    answer = post(cut_off, path, inbound_parameters(LOCKED_IN))

    assert (answer.status_code, answer.headers["Hotline-Outcome"]) == (200, "spooled")
    assert answer.text.endswith("<Response/>")
    assert len(spool.waiting()) == 1


@pytest.mark.parametrize("path", [MESSAGES, FALLBACK])
def test_who_does_not_sign_fills_no_disk(cut_off: Flask, spool: Spool, path: str) -> None:
    assert post(cut_off, path, inbound_parameters("x"), token="not-the-token").status_code == 403
    assert spool.waiting() == []


@pytest.mark.parametrize("path", [MESSAGES, FALLBACK])
def test_when_the_disk_will_not_have_it_twilio_is_told(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("in the way")
    app = create_app(make_settings(NOWHERE, SPOOL_DIR=str(tmp_path / "file")))

    assert post(app, path, inbound_parameters("x")).status_code == 503


def test_the_fallback_asks_no_database_even_where_there_is_one(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, spool: Spool
) -> None:
    monkeypatch.setitem(app.extensions, "spool", spool)

    assert post(app, FALLBACK, inbound_parameters("halo")).status_code == 200

    assert stored(session) == []
    assert len(spool.waiting()) == 1


def test_what_was_spooled_is_taken_in_by_the_normal_path(
    cut_off: Flask, replay: SpoolReplay, spool: Spool, session: Session
) -> None:
    first, second = inbound_parameters(LOCKED_IN), inbound_parameters("masih di sini")
    before = datetime.now(UTC)
    post(cut_off, MESSAGES, first)
    post(cut_off, FALLBACK, second | {"ErrorCode": "11200", "ErrorUrl": PUBLIC_URL + MESSAGES})

    assert replay.replay() == 2

    messages = stored(session)
    assert [message.body for message in messages] == [LOCKED_IN, "masih di sini"]
    assert messages[0].content is not None
    assert messages[0].content["came"]["by"] == "spool"
    assert before <= messages[0].created_at <= messages[1].created_at
    case = session.scalars(select(Case)).one()
    assert case.urgency.value == "U1"
    assert spool.waiting() == []


def test_what_came_twice_is_one_message(
    cut_off: Flask, app: Flask, replay: SpoolReplay, session: Session
) -> None:
    parameters = inbound_parameters(LOCKED_IN)
    post(cut_off, MESSAGES, parameters)
    post(cut_off, FALLBACK, parameters)
    post(app, MESSAGES, parameters)

    assert replay.replay() == 2
    assert len(stored(session)) == 1


def test_two_workers_do_no_harm(
    cut_off: Flask, replay: SpoolReplay, spool: Spool, sessions: sessionmaker[Session], session: Session
) -> None:
    for number in range(20):
        post(cut_off, MESSAGES, inbound_parameters(f"pesan {number}", sender=f"+9660000002{number:02d}"))
    others = [replay, SpoolReplay(spool, sessions)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.replay(), others))

    assert len(stored(session)) == 20
    assert (spool.waiting(), spool.dead()) == ([], [])


def test_a_poisoned_file_is_set_aside_and_holds_nothing_up(
    cut_off: Flask, replay: SpoolReplay, spool: Spool, session: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    without_id = {
        name: value for name, value in inbound_parameters("kata-rahasia").items() if name != "MessageSid"
    }
    post(cut_off, FALLBACK, without_id)
    post(cut_off, FALLBACK, inbound_parameters("halo"))
    (spool.directory / "waiting" / f"{1:020d}-torn.spooled").write_bytes(b"torn")

    replay.replay()

    assert [message.body for message in stored(session)] == ["halo"]
    assert len(spool.dead()) == 2
    assert "rahasia" not in "".join(capfd.readouterr())


def test_it_waits_while_the_database_is_away(cut_off: Flask, spool: Spool) -> None:
    post(cut_off, MESSAGES, inbound_parameters("halo"))
    engine = create_engine(make_settings(NOWHERE).sqlalchemy_url)

    assert SpoolReplay(spool, sessionmaker(engine)).replay() == 0
    assert (len(spool.waiting()), spool.dead()) == (1, [])


def test_a_flood_takes_the_longer_way_and_nothing_is_lost(
    app: Flask, replay: SpoolReplay, spool: Spool, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "spool", spool)
    outcomes = [
        post(app, MESSAGES, inbound_parameters(f"pesan {number}")).headers["Hotline-Outcome"]
        for number in range(MOST_IN_WINDOW + 15)
    ]
    bystander = post(app, MESSAGES, inbound_parameters("halo", sender=ELI)).headers["Hotline-Outcome"]

    assert outcomes == ["opened", *["added"] * (MOST_IN_WINDOW - 1), *["spooled"] * 15]
    assert bystander == "opened"
    assert replay.replay() == 15
    bodies = [message.body for message in stored(session) if message.body != "halo"]
    assert bodies == [f"pesan {number}" for number in range(MOST_IN_WINDOW + 15)]


def test_metrics_count_what_waits_and_what_is_dead(cut_off: Flask, spool: Spool) -> None:
    post(cut_off, MESSAGES, inbound_parameters("halo"))
    post(cut_off, MESSAGES, inbound_parameters("halo"))
    spool.set_aside(spool.waiting()[0])

    figures = cut_off.test_client().get("/metrics").text

    assert "hotline_spool_waiting 1.0" in figures
    assert "hotline_spool_dead 1.0" in figures
    assert "hotline_spool_oldest_seconds" in figures


def test_a_connection_that_died_in_the_pool_is_no_outage(
    post_message: Callable[..., Any], engine: Engine
) -> None:
    assert post_message("satu").headers["Hotline-Outcome"] == "opened"
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()

    assert post_message("dua").headers["Hotline-Outcome"] == "added"
