"""How each field of a case came to be what it is, read from its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.vocabulary import EventKind

_PERMISSIONS = ("reply", "call", "voice_note", "family")
_REFERRAL = {
    EventKind.REFERRAL_PROPOSED: "proposed",
    EventKind.REFERRAL_SENT: "sent",
    EventKind.REFERRAL_ACCEPTED: "accepted",
    EventKind.REFERRAL_REJECTED: "rejected",
    EventKind.REFERRAL_DONE: "done",
    EventKind.REFERRAL_REVOKED: "revoked",
}
_STATUS = {EventKind.CLOSED: "closed", EventKind.REOPENED: "open", EventKind.CASES_PARTED: "open"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log, as this rule reads it."""

    kind: EventKind
    at: datetime
    who: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one field: `before` None where nothing was known; `why` where somebody said."""

    field: str
    at: datetime
    who: str
    before: str | None
    after: str | None
    why: str | None = None


def field_history(lines: Iterable[Line], *, merged: bool = False) -> dict[str, list[Change]]:
    """Every change of every field, the oldest first, by field. `merged`: this log is that of the case that went into
    another. What a field of the contact plan said is no part of the log: of those it tells that they were changed."""
    history: dict[str, list[Change]] = {}
    for line in lines:
        for field, before, after in _changes(line, merged=merged):
            past = history.setdefault(field, [])
            known = before if before is not None else (past[-1].after if past else None)
            why = line.data.get("explanation") or (line.data.get("reason") if field != "status" else None)
            past.append(Change(field, line.at, line.who, known, after, str(why) if why else None))
    return history


Told = list[tuple[str, str | None, str | None]]


def _changes(line: Line, *, merged: bool) -> Told:
    data = line.data
    if line.kind is EventKind.CASES_MERGED:
        return [("status", None, "closed")] if merged else []
    if line.kind in _STATUS:
        return [("status", None, _STATUS[line.kind])]
    if line.kind in _REFERRAL:
        return [(f"referral_{data.get('referral')}", None, _REFERRAL[line.kind])]
    read = _READ.get(line.kind)
    return read(data) if read else []


def _status(data: Mapping[str, Any]) -> Told:
    return [("status", data.get("from"), data.get("to"))]


def _unassigned(data: Mapping[str, Any]) -> Told:
    return [("owner", data.get("was"), None)]


def _path(data: Mapping[str, Any]) -> Told:
    return [(f"path_{data.get('step')}", data.get("from"), data.get("to"))]


def _urgency(data: Mapping[str, Any]) -> Told:
    return [("urgency", data.get("from"), data.get("to"))]


def _owner(data: Mapping[str, Any]) -> Told:
    return [("owner", None, data.get("to"))]


def _plan(data: Mapping[str, Any]) -> Told:
    told: Told = [(f"plan_{name}", None, data[name]) for name in _PERMISSIONS if name in data]
    named = [name for name in str(data.get("changed", "")).split(",") if name and name not in _PERMISSIONS]
    return told + [(f"plan_{name}", None, None) for name in named]


def _need(data: Mapping[str, Any]) -> Told:
    return [(f"need_{data.get('need')}", data.get("from"), data.get("to"))]


def _consent(data: Mapping[str, Any]) -> Told:
    return [(f"consent_{data.get('purpose')}", None, "given" if data.get("given") else "taken_back")]


_READ = {
    EventKind.URGENCY_CHANGED: _urgency,
    EventKind.ASSIGNED: _owner,
    EventKind.UNASSIGNED: _unassigned,
    EventKind.STATUS_CHANGED: _status,
    EventKind.PATH_STEP_CHANGED: _path,
    EventKind.CONTACT_PLAN_CHANGED: _plan,
    EventKind.NEED_CHANGED: _need,
    EventKind.CONSENT_RECORDED: _consent,
}
