"""Forms of the case page about follow-ups, needs and consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Agency, Case
from cases.services.consents import record_consent
from cases.services.needs import set_need
from cases.services.tasks import ask_follow_up, change_task, task_of
from cases.vocabulary import Actor, ConsentPurpose, NeedKind, NeedState
from hotline.console.form_numbers import version_seen

# The clock on the wall of the duty room; the form says so.
ROOM = ZoneInfo("Asia/Jakarta")


def follow_up(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """An officer's own task."""
    ask_follow_up(
        session,
        case,
        request.form.get("task_words", ""),
        due_at=moment_in("task_due"),
        assignee_id=_uuid("task_to"),
        by=by,
        now=now,
    )


def change_follow_up(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """Another date, another hand."""
    task = task_of(session, case, _uuid("task") or case.id)
    changes: dict[str, Any] = {"due_at": moment_in("task_due"), "assignee_id": _uuid("task_to")}
    change_task(session, case, task, changes, version=version_seen(), by=by, now=now)


def need(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """How a need stands."""
    try:
        kind, state = NeedKind(request.form.get("need", "")), NeedState(request.form.get("state", ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="need") from error
    note = request.form.get("need_note", "")
    set_need(session, case, kind, state, note=note, version=version_seen(), by=by, now=now)


def consent(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """What she said about passing her matter on."""
    try:
        purpose = ConsentPurpose(request.form.get("purpose", ""))
        given = {"yes": True, "no": False}[request.form.get("given", "")]
    except (ValueError, KeyError) as error:
        raise Invalid("choose one of the list", field="purpose") from error
    key = request.form.get("consent_agency", "").strip()
    agency_id = session.scalar(select(Agency.id).where(Agency.key == key)) if key else None
    if key and agency_id is None:
        raise Invalid("choose an agency from the list", field="agency")
    record_consent(
        session,
        case,
        purpose,
        given=given,
        agency_id=agency_id,
        message_id=_uuid("consent_message"),
        how=request.form.get("consent_how", ""),
        by=by,
        now=now,
    )


def moment_in(name: str) -> datetime | None:
    value = request.form.get(name, "")
    if not value:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=ROOM)
    except ValueError as error:
        raise Invalid("no date", field=name) from error


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None
