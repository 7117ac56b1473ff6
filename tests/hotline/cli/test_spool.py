"""Operators see how much waits and how much is dead, and put it back; never what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cast import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SMS_NUMBER
from click.testing import CliRunner
from conftest import make_settings

from cases.database import keyring
from hotline.cli import hotline
from hotline.spool import Spool, Spooled

KEY = "encryption-key-for-tests-only"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    keyring.load(make_settings("postgresql://nobody@127.0.0.1:1/x").encryption_keys)
    made = Spool(tmp_path / "spool")
    for number in range(3):
        made.put(Spooled("/twilio/messages", b"Body=kata-rahasia", datetime.now(UTC)))
        if number == 0:
            made.set_aside(made.waiting()[0])
    return made


def run(spool: Spool, *arguments: str, **changes: str) -> tuple[int, str]:
    environment = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x",
        "SECRET_KEY": "a-secret-for-tests-only",
        "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_SMS_FROM": SMS_NUMBER,
        "TWILIO_API_URL": "http://127.0.0.1:1",
        "ENCRYPTION_KEYS": KEY,
        "SPOOL_DIR": str(spool.directory),
        **changes,
    }
    done = CliRunner().invoke(hotline, list(arguments), env=environment)
    return done.exit_code, done.output


def test_it_tells_how_many_and_names_no_content(spool: Spool) -> None:
    code, told = run(spool, "spool", "status")

    assert code == 0
    assert "waiting    2" in told
    assert "set aside  1" in told
    assert spool.dead()[0] in told
    assert "rahasia" not in told


def test_what_was_set_aside_goes_back_in_line(spool: Spool) -> None:
    assert run(spool, "spool", "retry") == (0, "put back: 1\n")
    assert (len(spool.waiting()), spool.dead()) == (3, [])


def test_a_key_that_opens_nothing_is_told(spool: Spool) -> None:
    assert run(spool, "spool", "check")[0] == 0
    assert run(spool, "spool", "check", ENCRYPTION_KEYS="another-key")[0] == 1


def test_the_doctor_finds_the_dead(spool: Spool) -> None:
    code, told = run(spool, "doctor")

    assert code == 1
    assert "1 webhooks could not be taken in" in told
    assert "2 webhooks wait in it" in told


def test_the_doctor_finds_a_spool_that_takes_nothing(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    code, told = run(spool, "doctor", SPOOL_DIR=str(tmp_path / "file"))

    assert code == 1
    assert "cannot be written" in told
