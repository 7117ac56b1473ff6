"""Figures over a period: equal to a slow count, for supervisors only, of a period that makes sense."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cast import HARMLESS, LOCKED_IN
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from cases.models import Agency, Case
from cases.queries.report import CaseGrouping, count_cases
from cases.vocabulary import CaseStatus, Category, ClockState, Role, Side, Urgency
from escalation.models import Clock
from escalation.queries.report import PromiseGrouping, measure_promises

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
PERIOD = {"from": START.isoformat(), "to": END.isoformat()}


@pytest.fixture
def supervisor(caller: Callable[..., Any]) -> Any:
    return caller(Role.SUPERVISOR)


@pytest.fixture
def scattered(opened_case: Callable[..., Case], session: Session) -> tuple[list[Case], list[Clock]]:
    """Real cases and clocks, thrown about at random around the period, some exactly at its ends."""
    dice = random.Random(20260101)
    for number in range(24):
        opened_case(dice.choice((LOCKED_IN, HARMLESS)), sender=f"+9660000{number:05d}")
    cases, clocks = list(session.scalars(select(Case))), list(session.scalars(select(Clock)))
    agencies = [None, *session.scalars(select(Agency.id).limit(3))]
    moments = [START, END, *(START + timedelta(hours=dice.uniform(-1500, 6000)) for _ in range(60))]
    for case in cases:
        case.opened_at = dice.choice(moments)
        case.status, case.urgency = dice.choice(list(CaseStatus)), dice.choice(list(Urgency))
        case.country, case.side = dice.choice((None, "SA", "MY")), dice.choice(list(Side))
        case.leading_category = dice.choice(list(Category))
    for clock in clocks:
        clock.started_at, clock.state = dice.choice(moments), dice.choice(list(ClockState))
        clock.due_at = clock.started_at + timedelta(hours=2)
        clock.urgency, clock.agency_id = dice.choice(list(Urgency)), dice.choice(agencies)
        met = clock.state is ClockState.MET
        clock.met_at = clock.started_at + timedelta(minutes=dice.uniform(1, 240)) if met else None
        breached = clock.state is ClockState.BREACHED or dice.random() < 0.2
        clock.breached_at = clock.due_at if breached else None
    session.commit()
    return cases, clocks


@pytest.mark.parametrize("by", list(CaseGrouping))
def test_cases_equal_a_slow_count(
    supervisor: Any, scattered: tuple[list[Case], list[Clock]], by: CaseGrouping
) -> None:
    names = {CaseGrouping.CATEGORY: "leading_category"}
    groups: dict[str | None, list[Case]] = defaultdict(list)
    for case in scattered[0]:
        if START <= case.opened_at < END:
            month = f"{case.opened_at.astimezone(ZoneInfo('Asia/Jakarta')):%Y-%m}"
            key = month if by is CaseGrouping.MONTH else getattr(case, names.get(by, by.value))
            groups[key].append(case)
    answer = supervisor.get("/reports/cases", by=by.value, **PERIOD)
    assert answer.status_code == 200, answer.text
    assert groups
    assert len(answer.json["items"]) == len(groups)
    for item in answer.json["items"]:
        closed = sum(case.status is CaseStatus.CLOSED for case in groups[item["key"]])
        total = len(groups[item["key"]])
        assert (item["opened"], item["closed"], item["open"]) == (total, closed, total - closed)
        assert item["follow_through"] == pytest.approx(closed / total)


@pytest.mark.parametrize("by", list(PromiseGrouping))
def test_promises_equal_a_slow_count(
    supervisor: Any, session: Session, scattered: tuple[list[Case], list[Clock]], by: PromiseGrouping
) -> None:
    keys = {agency.id: agency.key for agency in session.scalars(select(Agency))}
    groups: dict[str | None, list[Clock]] = defaultdict(list)
    for clock in scattered[1]:
        if START <= clock.started_at < END:
            found: dict[PromiseGrouping, Any] = {
                PromiseGrouping.STEP: clock.step,
                PromiseGrouping.URGENCY: clock.urgency,
                PromiseGrouping.COUNTRY: clock.case.country,
                PromiseGrouping.AGENCY: keys.get(clock.agency_id),
            }
            groups[found[by]].append(clock)
    items = supervisor.get("/reports/sla", by=by.value, **PERIOD).json["items"]
    assert groups
    assert {item["key"] for item in items} == set(groups)
    for item in items:
        _compare(item, groups[item["key"]])


def _compare(item: dict[str, Any], clocks: list[Clock]) -> None:
    late = [c for c in clocks if c.breached_at or (c.met_at and c.met_at > c.due_at)]
    rest = [c for c in clocks if c not in late]
    met = sum(c.state is ClockState.MET for c in rest)
    running = sum(c.state in (ClockState.RUNNING, ClockState.PAUSED) for c in rest)
    assert (item["running"], item["met"], item["breached"]) == (running, met, len(late))
    settled = met + len(late)
    assert item["met_share"] == (pytest.approx(met / settled) if settled else None)
    minutes = [(c.met_at - c.started_at).total_seconds() / 60 for c in clocks if c.met_at]
    assert item["median_minutes"] == (pytest.approx(statistics.median(minutes)) if minutes else None)
    if len(minutes) > 1:
        p90 = statistics.quantiles(minutes, n=10, method="inclusive")[8]
        assert item["p90_minutes"] == pytest.approx(p90)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"to": "2025-12-31"},
        {"to": "2026-01-01"},
        {"to": "2029-01-01"},
        {"to": "2026-02-01T00:00:00"},
        {"to": "soon"},
        {"to": "2026-02-01", "by": "colour"},
        {"to": "2026-02-01", "until": "2026-03-01"},
    ],
)
@pytest.mark.parametrize("name", ["cases", "sla"])
def test_a_period_that_makes_no_sense_is_refused(supervisor: Any, name: str, wrong: dict[str, str]) -> None:
    query = {"from": "2026-01-01", "by": "urgency", **wrong}
    assert supervisor.get(f"/reports/{name}", **query).status_code == 422


def test_a_date_is_midnight_in_jakarta(
    supervisor: Any, session: Session, opened_case: Callable[..., Case]
) -> None:
    opened_case(HARMLESS).opened_at = datetime(2026, 2, 28, 17, tzinfo=UTC)
    session.commit()
    march = {"from": "2026-03-01", "to": "2026-04-01", "by": "month"}
    assert [item["key"] for item in supervisor.get("/reports/cases", **march).json["items"]] == ["2026-03"]
    february = {"from": "2026-02-01", "to": "2026-03-01", "by": "month"}
    assert supervisor.get("/reports/cases", **february).json["items"] == []


def test_what_there_is_comes_with_definitions(supervisor: Any) -> None:
    items = supervisor.get("/reports").json["items"]
    assert {item["name"]: item["by"] for item in items} == {
        "cases": list(CaseGrouping),
        "sla": list(PromiseGrouping),
    }
    assert all(text for item in items for text in item["definitions"].values())


@pytest.mark.parametrize("path", ["/reports", "/reports/cases", "/reports/sla"])
def test_only_those_who_see_the_board(caller: Callable[..., Any], client: Any, path: str) -> None:
    query = {} if path == "/reports" else {**PERIOD, "by": "urgency"}
    assert client.get(f"/api/v1{path}").status_code == 401
    assert caller(Role.SUPERVISOR).get(path, **query).status_code == 200
    assert caller(Role.OFFICER).get(path, **query).status_code == 403
    assert caller(Role.ADMIN).get(path, **query).status_code == 403


@pytest.mark.parametrize("name", ["cases", "sla"])
def test_a_report_costs_one_statement(supervisor: Any, statements: Callable[[], Any], name: str) -> None:
    with statements() as seen:
        supervisor.get(f"/reports/{name}", by="urgency", **PERIOD)
    assert sum("GROUP BY" in statement for statement in seen) == 1


@pytest.mark.parametrize(
    ("report", "by", "index"),
    [
        (count_cases, CaseGrouping.MONTH, "ix_cases_opened_at_id"),
        (measure_promises, PromiseGrouping.STEP, "ix_clock_started_at"),
    ],
)
def test_an_index_can_serve_it(session: Session, report: Callable[..., Any], by: Any, index: str) -> None:
    seen: list[tuple[str, Any]] = []
    connection = session.connection()
    event.listen(
        connection, "before_cursor_execute", lambda _c, _u, sql, values, *_: seen.append((sql, values))
    )
    report(session, by, start=START, end=END)
    # The tables of a test are too small for the planner to bother otherwise.
    session.execute(text("SET LOCAL enable_seqscan = off"))
    sql, values = seen[0]
    plan = connection.exec_driver_sql(f"EXPLAIN {sql}", values).scalars().all()
    assert any(index in line for line in plan), plan
