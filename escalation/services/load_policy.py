"""The shipped policy (`data/policy.toml`) as a value."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cases.vocabulary import AgencyKind, CalendarKind, Step, Urgency
from escalation.rules.ownership import Ownership, OwnershipTimes
from escalation.rules.policy import LadderTimes, Policy, Promise
from escalation.rules.sla import WORKING_DAY

POLICY_FILE = Path(__file__).parents[1] / "data" / "policy.toml"
_DURATION = re.compile(r"^(\d+)(m|h|d|wd)$")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "wd": WORKING_DAY}


@cache
def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read and check the policy. Raises ValueError that names the line of policy that makes no sense."""
    raw = path.read_bytes()
    data = tomllib.loads(raw.decode())
    promises = {
        (Step(step), Urgency(level)): _promise(line, f"promise.{step}.{level}")
        for step, lines in data["promise"].items()
        for level, line in _levels(lines)
    }
    agency_accept = {
        (AgencyKind(kind), Urgency(level)): _promise(line, f"agency_accept.{kind}.{level}")
        for kind, lines in data.get("agency_accept", {}).items()
        for level, line in _levels(lines)
    }
    ladders = {Urgency(level): _ladder(line, f"ladder.{level}") for level, line in data["ladder"].items()}
    if set(ladders) != set(Urgency):
        raise ValueError("policy: every urgency needs a ladder")
    version = f"{data['version']}-{hashlib.sha256(raw).hexdigest()[:8]}"
    return Policy(version, promises, agency_accept, ladders)


@cache
def load_ownership(path: Path = POLICY_FILE) -> Ownership:
    """When a case stops being somebody's. Raises ValueError as `load_policy` does."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))["ownership"]
    times = {level: _times(data[level.value], level.value) for level in Urgency}
    return Ownership(times, basis=str(data["basis"]), source=str(data["source"]))


def _times(line: Mapping[str, Any], level: str) -> OwnershipTimes:
    where = f"ownership.{level}"
    times = OwnershipTimes(warn=duration(line["warn"], where), ends=duration(line["ends"], where))
    if not timedelta() < times.warn < times.ends:
        raise ValueError(f"policy: {where}: the warning comes first")
    return times


def _levels(lines: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(level, line) for level, line in lines.items() if level in Urgency.__members__]


def _promise(line: Mapping[str, Any], where: str) -> Promise:
    try:
        return Promise(
            limit=duration(line["limit"], where),
            calendar=CalendarKind(line["calendar"]),
            basis=str(line.get("basis", "default")),
            source=str(line.get("source", "")),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"policy: {where} lacks {error}") from error


def _ladder(line: Mapping[str, Any], where: str) -> LadderTimes:
    after = line.get("third_after")
    return LadderTimes(
        warn_at=float(line["warn_at"]),
        breach_at=float(line["breach_at"]),
        third_at=float(line.get("third_at", 1.5)),
        third_after=duration(after, where) if after else None,
        repeat_every=duration(line["repeat_every"], where),
        max_repeats=int(line["max_repeats"]),
    )


def duration(text: str, where: str) -> timedelta:
    """A duration of a data file: 5m, 2h, 3d, 1wd. Raises ValueError that names the place."""
    match = _DURATION.match(text)
    if match is None:
        raise ValueError(f"policy: {where}: {text!r} is not a duration such as 5m, 2h, 3d or 1wd")
    return int(match.group(1)) * _UNITS[match.group(2)]
