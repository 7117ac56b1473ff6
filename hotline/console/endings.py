"""Forms of the case page about its states: waiting, solved, closed on a ground, by two where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound
from cases.models import Case, ClosingRequest, SafetyCheck
from cases.rules.lifecycle import possible_moves
from cases.vocabulary import Actor, ActorKind, CaseStatus, CloseReason, WaitingAbout
from escalation.rules.closing import Standing, may_confirm, needs_second_person
from escalation.services import work_case
from escalation.services.close_case import (
    checks_of,
    confirm_closing,
    decline_closing,
    grounds_of,
)
from escalation.services.load_closing import load_closing
from escalation.services.move_case import move_case
from hotline.console.desk_actions import moment_in
from hotline.console.stale import refuse_stale
from hotline.reference import current_book

# Closing and reopening have forms of their own; taking a case is a button.
_BY_FORM = (
    CaseStatus.TRIAGED, CaseStatus.OPEN, CaseStatus.WAITING_FOR_WORKER, CaseStatus.WAITING_FOR_AGENCY,
    CaseStatus.RESOLVED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endings:
    """What the page shows of how a case can go on and end."""

    moves: Sequence[CaseStatus]
    abouts: Sequence[WaitingAbout]
    grounds: Sequence[Standing]
    version: str
    two: bool
    request: ClosingRequest | None
    request_expired: bool
    may_confirm: bool
    checks: Sequence[SafetyCheck]


def endings(session: Session, case: Case, *, now: datetime) -> Endings:
    """How a case can go on and end, for whoever looks."""
    asked = session.scalar(
        select(ClosingRequest).where(ClosingRequest.case_id == case.id, ClosingRequest.outcome.is_(None))
    )
    me = current_user.user
    return Endings(
        moves=_moves(case),
        abouts=list(WaitingAbout),
        grounds=grounds_of(session, case, now=now) if case.is_open else (),
        version=load_closing().version,
        two=needs_second_person(load_closing(), case.categories),
        request=asked,
        request_expired=asked is not None
        and (asked.expires_at <= now or asked.last_message_at != case.last_message_at),
        may_confirm=asked is not None
        and may_confirm(
            asked_by=asked.asked_by_id, asked_role=asked.asked_by.role, user_id=me.id, role=me.role
        ),
        checks=checks_of(session, case),
    )


def move(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """Move a case by the table; only from the state that the form was made from."""
    refuse_stale(request.form, "was", case.status)
    about = request.form.get("about", "")
    try:
        wanted = CaseStatus(request.form.get("status", ""))
        what = WaitingAbout(about) if about else None
    except ValueError as error:
        raise Invalid("choose from the list", field="status") from error
    move_case(
        session,
        case,
        wanted,
        explanation=request.form.get("move_why", ""),
        about=what if wanted is CaseStatus.WAITING_FOR_WORKER else None,
        until=moment_in("until"),
        book=current_book(session),
        by=by,
        now=now,
    )


def close(session: Session, case: Case, by: Actor, now: datetime) -> str | None:
    """Not over a message that came while the reason was being written."""
    refuse_stale(request.form, "last_message", case.last_message_at.isoformat())
    try:
        reason = CloseReason(request.form.get("close_reason", ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="close_reason") from error
    asked = work_case.close(
        session,
        case,
        reason,
        explanation=request.form.get("explanation", ""),
        safety_note=request.form.get("safety_note", ""),
        by=by,
        now=now,
    )
    return _("Permintaan menutup tersimpan. Orang kedua harus menyetujuinya.") if asked else None


def confirm(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """The second person agrees to the request that they read."""
    confirm_closing(session, case, request_id=_request_id(), by=by, now=now)


def decline(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """The second person does not agree, or who asked takes it back."""
    why = request.form.get("decline_why", "")
    decline_closing(session, case, why=why, request_id=_request_id(), by=by, now=now)


def _moves(case: Case) -> list[CaseStatus]:
    possible = possible_moves(case.status, ActorKind.USER)
    without = () if case.owner_id else set(_BY_FORM) - {CaseStatus.TRIAGED}
    return [one for one in _BY_FORM if case.is_open and one in possible and one not in without]


def _request_id() -> UUID:
    try:
        return UUID(request.form.get("request", ""))
    except ValueError as error:
        raise NotFound("there is no such request") from error
