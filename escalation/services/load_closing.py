"""The shipped grounds for closing (`data/closing.toml`) as a value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cases.vocabulary import Category, CloseReason, Family, Urgency
from escalation.rules.closing import Closing, CountedFrom, Ground, Wait
from escalation.services.load_policy import duration

CLOSING_FILE = Path(__file__).parents[1] / "data" / "closing.toml"
_WAIT = re.compile(r"^(\d+)(d|wd|mo)$")
_BASES = {"law", "agreement", "default"}


@cache
def load_closing(path: Path = CLOSING_FILE) -> Closing:
    """Read and check the grounds. Raises ValueError that names the line that makes no sense, and for a reason without
    a ground."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    grounds = tuple(_ground(line) for line in data["ground"])
    without = set(CloseReason) - {ground.reason for ground in grounds}
    if without:
        raise ValueError(f"closing: no ground for {', '.join(sorted(without))}")
    second = data["second_person"]
    return Closing(
        version=str(data["version"]),
        grounds=grounds,
        second_person=frozenset(Category(name) for name in second["categories"]),
        request_expires=duration(second["expires_after"], "closing: second_person.expires_after"),
        reopen_within=duration(data["reopening"]["within"], "closing: reopening.within"),
        checks={level: _days(data["checks"][level.value], level.value) for level in Urgency},
        watch=_days(data["checks"]["watch"], "watch"),
    )


def _ground(line: Mapping[str, Any]) -> Ground:
    where = f"closing: ground {line.get('reason', '?')}"
    counted_from = CountedFrom(line["from"]) if "from" in line else None
    if ("wait" in line) != (counted_from is not None):
        raise ValueError(f"{where}: `wait` and `from` go together")
    if line["basis"] not in _BASES or not line["source"]:
        raise ValueError(f"{where}: basis is law, agreement or default, with its source")
    return Ground(
        reason=CloseReason(line["reason"]),
        holds_from=line["holds_from"],
        basis=str(line["basis"]),
        source=str(line["source"]),
        counted_from=counted_from,
        wait=_wait(line["wait"], where) if "wait" in line else Wait(),
        asked_first=frozenset(Family(name) for name in line.get("asked_first", ())),
        needs_referral=bool(line.get("needs_referral", False)),
        checks=bool(line.get("checks", False)),
        watch=bool(line.get("watch", False)),
        reopens=bool(line.get("reopens", False)),
    )


def _wait(text: str, where: str) -> Wait:
    match = _WAIT.match(text)
    if match is None:
        raise ValueError(f"{where}: {text!r} is no waiting time such as 30d, 15wd or 6mo")
    count, unit = int(match.group(1)), match.group(2)
    return Wait(
        days=count if unit == "d" else 0,
        working_days=count if unit == "wd" else 0,
        months=count if unit == "mo" else 0,
    )


def _days(values: list[int], where: str) -> tuple[int, ...]:
    if any(day <= 0 for day in values) or sorted(set(values)) != values:
        raise ValueError(f"closing: checks.{where}: days after closing, in order")
    return tuple(values)
