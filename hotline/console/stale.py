"""A save that came too late: what was typed beside what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.errors import StaleVersion
from cases.models import Case, CaseNeed, ContactPlan, Event, Party, PathStep, Referral, Task, User
from cases.vocabulary import EventKind
from hotline.console.desk_actions import ROOM
from hotline.labels import label

PLAN_FIELDS = (
    "holder", "readers", "channel", "reply", "call", "voice_note", "family", "hours", "language", "name_to_use",
    "cover_story", "trusted_person",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One field, both ways."""

    name: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Stale:
    """What differs, and whose save was first, as far as the log tells."""

    sides: tuple[Side, ...]
    who: str | None
    at: datetime | None


def refuse_stale(form: Mapping[str, str], name: str, now: Any) -> None:
    """Raise StaleVersion when the form says, in a hidden field, that it was made from something else."""
    seen = form.get(name)
    if seen is not None and seen != str(getattr(now, "value", now) if now is not None else ""):
        raise StaleVersion("it was changed in the meantime", field=name)


def compare(session: Session, case: Case, verb: str, form: Mapping[str, str]) -> Stale | None:
    """Both versions of what this form was about; None where there is nothing to compare."""
    found = _COMPARED.get(verb)
    if found is None:
        return None
    sides, kinds = found(session, case, form)
    last = session.scalar(
        select(Event)
        .where(Event.case_id == case.id, Event.kind.in_(kinds))
        .options(joinedload(Event.user))
        .order_by(Event.position.desc())
        .limit(1)
    )
    differing = tuple(side for side in sides if side.mine != side.theirs)
    who = last.user.name if last is not None and last.user is not None else None
    return Stale(differing, who, last.at if last is not None else None)


Compared = tuple[list[Side], tuple[EventKind, ...]]


def _plan(session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    plan = session.get(ContactPlan, case.reporter_id)
    sides = [
        Side(_plan_label(name), _told(form[name]), _told(getattr(plan, name) if plan else None))
        for name in PLAN_FIELDS
        if name in form
    ]
    return sides, (EventKind.CONTACT_PLAN_CHANGED,)


def _urgency(_session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    side = Side(_("Tingkat"), _level(form.get("urgency", "")), _level(case.urgency.value))
    return [side], (EventKind.URGENCY_CHANGED,)


def _assign(session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    side = Side(_("Penanggung jawab"), _name(session, form.get("to")), _name(session, case.owner_id))
    return [side], (EventKind.ASSIGNED,)


def _close(_session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    mine = f"{label(form.get('close_reason', ''))}: {form.get('explanation', '')}"
    side = Side(_("Tutup kasus"), mine, _("Pesan baru: %(words)s", words=case.last_words))
    return [side], (EventKind.MESSAGE_RECEIVED,)


def _move(_session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    side = Side(_("Status"), label(form.get("status", "-")), label(case.status))
    return [side], (EventKind.STATUS_CHANGED, EventKind.ASSIGNED, EventKind.CLOSED, EventKind.REOPENED)


def _closing(_session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    side = Side(_("Tutup kasus"), _("permintaan yang Anda baca"), _("permintaan yang lain"))
    return [side], (EventKind.CLOSING_ASKED,)


def _party(session: Session, _case: Case, form: Mapping[str, str]) -> Compared:
    found = _uuid(form.get("party"))
    party = session.get(Party, found) if found else None
    if party is None:
        return [], (EventKind.PARTY_CHANGED,)
    named = (_("ya"), _("tidak"))
    sides = [
        Side(
            _("Surat kuasa"),
            label(f"authority_{form.get('authority') or 'none'}"),
            label(f"authority_{party.authority}"),
        ),
        Side(
            _("disebut sendiri oleh pekerja"),
            named[0 if "named_by_worker" in form else 1],
            named[0 if party.named_by_worker else 1],
        ),
    ]
    return sides, (EventKind.PARTY_CHANGED, EventKind.PARTY_ENDED)


def _referral(session: Session, _case: Case, form: Mapping[str, str]) -> Compared:
    found = _uuid(form.get("referral"))
    referral = session.get(Referral, found) if found else None
    kinds = (
        EventKind.REFERRAL_SENT, EventKind.REFERRAL_ACCEPTED, EventKind.REFERRAL_REJECTED, EventKind.REFERRAL_DONE,
        EventKind.REFERRAL_REVOKED,
    )  # fmt: skip
    wanted = {"send": "sent", "revoke": "revoked", "accept": "accepted", "done": "done"}
    mine = label(wanted.get(form.get("verb", ""), "-"))
    return [Side(_("Rujukan"), mine, label(referral.status) if referral else "-")], kinds


def _need(session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    found = session.scalar(
        select(CaseNeed).where(
            CaseNeed.case_id == case.id, CaseNeed.kind == form.get("need"), CaseNeed.ended_at.is_(None)
        )
    )
    sides = [
        Side(label(form.get("need", "")), _told(form.get("state")), _told(found.state if found else None)),
        Side(_("Catatan"), _told(form.get("need_note")), _told(found.note if found else None)),
    ]
    return sides, (EventKind.NEED_CHANGED,)


def _path(session: Session, case: Case, form: Mapping[str, str]) -> Compared:
    found = session.scalar(
        select(PathStep).where(
            PathStep.case_id == case.id, PathStep.step == form.get("step"), PathStep.ended_at.is_(None)
        )
    )
    sides = [
        Side(_("Langkah"), _told(form.get("state")), _told(found.state if found else None)),
        Side(_("Catatan"), _told(form.get("path_note")), _told(found.note if found else None)),
    ]
    return sides, (EventKind.PATH_STEP_CHANGED,)


def _task(session: Session, _case: Case, form: Mapping[str, str]) -> Compared:
    found = _uuid(form.get("task"))
    task = session.get(Task, found) if found else None
    if task is None:
        return [], (EventKind.TASK_CHANGED,)
    due = task.due_at.astimezone(ROOM).strftime("%Y-%m-%dT%H:%M") if task.due_at else None
    sides = [
        Side(_("Paling lambat (WIB)"), _told(form.get("task_due")), _told(due)),
        Side(_("Untuk"), _name(session, form.get("task_to")), _name(session, task.assignee_id)),
    ]
    return sides, (EventKind.TASK_CHANGED, EventKind.TASK_DONE)


_COMPARED: dict[str, Callable[[Session, Case, Mapping[str, str]], Compared]] = {
    "plan": _plan,
    "urgency": _urgency,
    "assign": _assign,
    "close": _close,
    "move": _move,
    "confirm_closing": _closing,
    "decline_closing": _closing,
    "change_party": _party,
    "referral": _referral,
    "need": _need,
    "path": _path,
    "change_task": _task,
}


def _plan_label(name: str) -> str:
    titles = {
        "holder": _("HP dipegang"),
        "readers": _("Siapa lagi yang membaca"),
        "channel": _("Saluran aman"),
        "reply": _("Boleh dibalas"),
        "call": _("Boleh ditelepon"),
        "voice_note": _("Pesan suara"),
        "family": _("Keluarga diberi tahu"),
        "hours": _("Jam aman (waktu setempat)"),
        "language": _("Bahasa"),
        "name_to_use": _("Nama panggilan"),
        "cover_story": _("Cerita samaran"),
        "trusted_person": _("Orang yang dipercaya"),
    }
    return titles[name]


def _told(value: object) -> str:
    return label(value) if value not in {None, ""} else "–"


def _level(value: str) -> str:
    return f"{value} {label(value)}"


def _name(session: Session, user_id: object) -> str:
    found = _uuid(user_id)
    user = session.get(User, found) if found else None
    return user.name if user is not None else _("belum ada")


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
