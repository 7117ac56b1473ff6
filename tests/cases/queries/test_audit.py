"""Logs that were tampered with are found, and the line is named."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import make_settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.audit import Break, Tally, verify_logs
from cases.services.event_log import record_event
from cases.vocabulary import EventKind, Role
from hotline.cli import hotline


def breaks(session: Session) -> list[Break]:
    return list(verify_logs(session, Tally()))


def tamper(session: Session, statement: str, **values: Any) -> None:
    """As somebody could who owns the database."""
    session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
    session.execute(text(statement), values)
    session.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))


def test_whole_logs_are_whole(opened_case: Callable[..., Case], session: Session) -> None:
    for number in range(3):
        opened_case("tolong saya disekap", sender=f"+96600000034{number}")
    tally = Tally()
    assert list(verify_logs(session, tally)) == []
    assert tally.cases == 3
    assert tally.lines >= 9


@pytest.mark.parametrize(
    ("statement", "position", "what"),
    [
        ("UPDATE event SET data = '{}' WHERE case_id = :id AND position = 2", 2, "changed"),
        ("UPDATE event SET at = at + interval '1 second' WHERE case_id = :id AND position = 1", 1, "changed"),
        ("DELETE FROM event WHERE case_id = :id AND position = 2", 2, "missing"),
        ("DELETE FROM event WHERE case_id = :id", 1, "cut off"),
    ],
)
def test_the_broken_line_is_named(
    statement: str, position: int, what: str, opened_case: Callable[..., Case], session: Session
) -> None:
    opened_case("halo", sender="+966000000341")
    case = opened_case("tolong saya disekap", sender="+966000000342")
    opened_case("halo", sender="+966000000343")
    tamper(session, statement, id=case.id)
    assert breaks(session) == [Break(case.reference, position, what)]
    session.rollback()


def test_a_log_without_its_end_is_found(opened_case: Callable[..., Case], session: Session) -> None:
    case = opened_case("tolong saya disekap")
    count = case.event_count
    tamper(session, "DELETE FROM event WHERE case_id = :id AND position = :last", id=case.id, last=count)
    assert breaks(session) == [Break(case.reference, count, "cut off")]
    session.rollback()


def test_the_command_says_so_and_fails(
    opened_case: Callable[..., Case], session: Session, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened_case("tolong saya disekap")
    # The package's name for it is the command.
    monkeypatch.setattr(
        sys.modules["hotline.cli.audit"], "read_settings", lambda: make_settings(database_url)
    )
    good = CliRunner().invoke(hotline, ["audit", "verify"])
    assert good.exit_code == 0, good.output
    assert "whole" in good.output
    tamper(session, "UPDATE event SET data = '{\"x\": 1}' WHERE case_id = :id AND position = 1", id=case.id)
    session.commit()
    bad = CliRunner().invoke(hotline, ["audit", "verify", "--case", case.reference])
    assert bad.exit_code == 1
    assert f"{case.reference}: line 1 changed" in bad.output


def test_many_lines_need_no_more_memory(
    opened_case: Callable[..., Case], acting: Any, session: Session
) -> None:
    case, by, now = opened_case("halo"), acting(Role.OFFICER), datetime.now(UTC)

    def peak() -> int:
        session.expire_all()
        tracemalloc.start()
        assert breaks(session) == []
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    def add(number: int) -> None:
        for _ in range(number):
            record_event(session, case, EventKind.READ, by=by, now=now)
        session.flush()
        session.expunge_all()

    add(2500)
    case = session.get_one(Case, case.id)
    few = peak()
    case = session.get_one(Case, case.id)
    add(7500)
    assert peak() < few * 1.5
    session.rollback()
