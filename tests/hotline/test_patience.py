"""A database that takes connections and then says nothing holds no process, loses nothing and doubles nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cast import AUTH_TOKEN, LOCKED_IN, PUBLIC_URL
from conftest import inbound_parameters, make_settings
from flask import Flask
from muffled import Muffled, Way
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Message
from cases.vocabulary import Direction, Role
from hotline import patience
from hotline.app import PAGE_SECONDS, WEBHOOK_SECONDS, create_app
from hotline.channels.twilio.signing import signature_for
from hotline.extensions import db
from hotline.migrations import downgrade, upgrade
from hotline.patience import Silence
from hotline.spool import Spool
from hotline.worker.replay_spool import SpoolReplay

# Twilio is told to wait for five seconds.
TWILIO_WAITS = 5.0


@pytest.fixture
def muffled(database_url: str, clean: None) -> Iterator[Muffled]:
    with Muffled(database_url) as made:
        yield made


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def far_app(muffled: Muffled, spool: Spool) -> Iterator[Flask]:
    """A hotline that reaches its database through the proxy."""
    app = create_app(make_settings(muffled.url, SPOOL_DIR=str(spool.directory), WEBHOOK_PATIENCE_MS="3500"))
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    yield app
    muffled.speaks()
    patience._silence.answered()
    with app.app_context():
        db.engine.dispose()


def post(app: Flask, parameters: dict[str, str]) -> tuple[str, float]:
    path = "/twilio/messages"
    headers = {"X-Twilio-Signature": signature_for(AUTH_TOKEN, PUBLIC_URL + path, parameters)}
    began = time.monotonic()
    answer = app.test_client().post(path, data=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["Hotline-Outcome"], time.monotonic() - began


def bodies(session: Session) -> list[str | None]:
    session.rollback()
    incoming = select(Message.body).where(Message.direction == Direction.IN)
    return list(session.scalars(incoming.order_by(Message.created_at)))


def test_webhooks_go_to_the_spool_in_time_and_come_back_once(
    far_app: Flask, muffled: Muffled, spool: Spool, sessions: sessionmaker[Session], session: Session
) -> None:
    assert post(far_app, inbound_parameters("pesan 0"))[0] == "opened"
    muffled.falls_silent()

    told = [post(far_app, inbound_parameters(f"pesan {number}")) for number in range(1, 21)]

    assert {outcome for outcome, _ in told} == {"spooled"}
    waits = [seconds for _, seconds in told]
    print(f"\nwaited {waits[0]:.2f} s, {waits[1]:.2f} s, then at most {max(waits[2:]):.3f} s")
    assert max(waits) < TWILIO_WAITS
    # A silence that is known holds nobody up.
    assert max(waits[2:]) < 0.5
    assert sum(waits) < 2 * TWILIO_WAITS

    muffled.speaks()
    assert SpoolReplay(spool, sessions).replay() == 20
    assert bodies(session) == [f"pesan {number}" for number in range(21)]
    time.sleep(Silence.QUIET_SECONDS)
    assert post(far_app, inbound_parameters("pesan 21"))[0] == "added"


@pytest.mark.parametrize("answers", range(1, 9))
def test_at_whatever_answer_it_falls_silent_nothing_is_lost_or_doubled(
    far_app: Flask,
    muffled: Muffled,
    spool: Spool,
    session: Session,
    answers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(far_app.config, "WEBHOOK_SECONDS", 1.0)
    post(far_app, inbound_parameters("halo"))
    muffled.falls_silent(Way.ONLY_TO_SERVER, after_answers=answers)
    outcome, seconds = post(far_app, inbound_parameters(LOCKED_IN))

    muffled.speaks()
    SpoolReplay(spool, sessionmaker(session.connection().engine)).replay()

    assert outcome in {"spooled", "added"}
    assert seconds < TWILIO_WAITS
    assert bodies(session) == ["halo", LOCKED_IN]
    assert (spool.waiting(), spool.dead()) == ([], [])


def test_a_database_that_never_answered_at_all(far_app: Flask, muffled: Muffled, spool: Spool) -> None:
    muffled.falls_silent()

    outcome, seconds = post(far_app, inbound_parameters("halo"))

    assert outcome == "spooled"
    assert seconds < TWILIO_WAITS
    assert len(spool.waiting()) == 1


def test_pages_say_that_the_database_is_silent(
    far_app: Flask, muffled: Muffled, bearer: Callable[[Role], dict[str, str]]
) -> None:
    headers = bearer(Role.OFFICER)
    client = far_app.test_client()
    assert client.get("/api/v1/cases", headers=headers).status_code == 200
    muffled.falls_silent()
    began = time.monotonic()

    answers = [client.get("/api/v1/cases", headers=headers) for _ in range(3)]
    assert [(one.status_code, one.headers["Retry-After"]) for one in answers] == [(503, "5")] * 3
    assert answers[0].json["message"].startswith("The database does not answer")
    assert client.get("/readyz").json["reasons"] == ["database cannot be reached"]
    assert client.get("/metrics").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert time.monotonic() - began < PAGE_SECONDS + TWILIO_WAITS


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_LIMITS", ("SET statement_timeout = '1s'",))


@pytest.mark.usefixtures("short_limits")
def test_a_slow_statement_is_ended_by_the_server_and_is_no_silence(far_app: Flask) -> None:
    with far_app.app_context(), patience.at_most(5), pytest.raises(DBAPIError, match="statement timeout"):
        db.session.execute(text("SELECT pg_sleep(4)"))

    assert post(far_app, inbound_parameters("halo"))[0] == "opened"


def test_a_message_that_meets_a_held_sender_goes_to_the_spool(
    far_app: Flask, spool: Spool, sessions: sessionmaker[Session], session: Session
) -> None:
    """Somebody holds her lock and does not let go: she is not kept waiting, and it is no outage."""
    post(far_app, inbound_parameters("satu"))
    with sessions() as holder:
        holder.execute(text("SELECT id FROM cases FOR UPDATE"))
        outcome, seconds = post(far_app, inbound_parameters("dua"))
        assert (outcome, seconds < TWILIO_WAITS) == ("spooled", True)
        assert post(far_app, inbound_parameters("lain", sender="+447700900998"))[0] == "opened"
    SpoolReplay(spool, sessions).replay()

    assert sorted(bodies(session)) == ["dua", "lain", "satu"]


@pytest.mark.usefixtures("short_limits")
def test_what_takes_long_gets_its_time(far_app: Flask) -> None:
    with far_app.app_context(), patience.at_most(1):
        patience.allow(db.session(), 30)
        db.session.execute(text("SELECT pg_sleep(2)"))
        assert db.session.scalar(text("SHOW statement_timeout")) == "30s"
        db.session.rollback()


def test_what_was_no_waiting_for_the_database_is_not_counted(far_app: Flask) -> None:
    """Files that an officer adds are looked into and scanned before anything is written."""
    with far_app.app_context(), patience.at_most(1.5):
        time.sleep(1.6)
        patience.begin_anew()
        assert db.session.scalar(text("SELECT 1")) == 1
        db.session.rollback()


def test_reports_are_given_a_minute(
    far_app: Flask, bearer: Callable[[Role], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def slow(session: Session, *_: Any, **__: Any) -> list[Any]:
        seen.append(str(session.scalar(text("SHOW statement_timeout"))))
        return []

    monkeypatch.setattr("hotline.api.resources.reports.count_cases", slow)
    asked = {"by": "status", "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    answer = far_app.test_client().get(
        "/api/v1/reports/cases", query_string=asked, headers=bearer(Role.SUPERVISOR)
    )

    assert (answer.status_code, seen) == (200, ["1min"])


def test_the_command_line_waits_as_long_as_it_takes(far_app: Flask) -> None:
    with far_app.app_context():
        assert db.session.scalar(text("SHOW statement_timeout")) == "0"
        db.session.rollback()


def test_no_limit_of_the_databases_owner_ends_a_migration(fresh_database: str) -> None:
    app = create_app(make_settings(fresh_database))
    engine = create_engine(make_settings(fresh_database).sqlalchemy_url)
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET statement_timeout = '500ms'"))
    with engine.connect() as reader, ThreadPoolExecutor(1) as thread:
        reader.execute(text("SELECT count(*) FROM clock"))
        migrating = thread.submit(downgrade, app, "0001_cases")
        with pytest.raises(TimeoutError):
            migrating.result(1.5)  # it waits for the reader
        reader.rollback()
        migrating.result()
    upgrade(app)

    engine.dispose()
    with app.app_context():
        db.engine.dispose()


def test_a_tick_that_is_never_answered_ends(muffled: Muffled) -> None:
    engine = create_engine(make_settings(muffled.url).sqlalchemy_url, connect_args=patience.CONNECT_ARGS)
    patience.make_patient(engine, longest_wait=1.0)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == 0
        connection.rollback()
        muffled.falls_silent()
        began = time.monotonic()
        with pytest.raises(OperationalError, match="did not answer in time"):
            connection.scalar(select(func.count()).select_from(Message))
        assert 0.9 < time.monotonic() - began < 3
    engine.dispose()
    patience._silence.answered()


def test_one_slow_answer_is_not_a_silence() -> None:
    silence = Silence()
    assert silence.patience(10, now=0) == 10
    silence.waited_in_vain(now=10)
    assert silence.patience(10, now=10) == Silence.PROBE_SECONDS
    silence.waited_in_vain(now=13)
    assert silence.patience(10, now=14) == 0
    assert silence.patience(10, now=18.1) == Silence.PROBE_SECONDS
    # One asks; the others do not queue up behind it.
    assert silence.patience(10, now=18.2) == 0
    silence.answered()
    assert silence.patience(10, now=18.3) == 10


def test_the_webhook_answers_before_twilio_gives_up() -> None:
    # At worst the connection dies when there is just time left to begin another.
    assert WEBHOOK_SECONDS - patience._LEAST_TO_CONNECT + patience.CONNECT_SECONDS < TWILIO_WAITS
