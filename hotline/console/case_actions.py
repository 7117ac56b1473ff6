"""What an officer does with a case: each a form on its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import ContactForbidden, Invalid, NotFound, Refused, WrongState
from cases.models import Agency, Case, Referral
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.rules.contact_safety import may_reply
from cases.services.contact import ContactOutcome, plan_of, set_contact_plan
from cases.services.notes import add_note
from cases.services.replies import queue_message
from cases.vocabulary import (
    Actor,
    CloseReason,
    ContactPermission,
    MessageKind,
    SharingBasis,
    Step,
    Urgency,
)
from escalation.services import refer, work_case
from escalation.services.keep_promise import keep_promise
from hotline.console import blueprint
from hotline.console.case import NEUTRAL_WORDS, show_case
from hotline.console.refusals import explain
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

Words = TypeVar("Words", bound=StrEnum)
Act = Callable[[Session, Case, Actor, datetime], Any]


@blueprint.post(
    "/cases/<reference>/<any(claim,assign,reply,greet,note,contact,plan,urgency,refer,close,reopen):verb>"
)
@signed_in(Permission.WORK_CASES)
def act(reference: str, verb: str) -> Response | tuple[str, int]:
    """Do one thing to a locked case. What is refused is told, and what was typed stays in its form."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            _ACTS[verb](session, case, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        typed = {name: value for name, value in request.form.items() if name != "csrf_token"}
        return show_case(reference, **typed), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


@blueprint.post("/cases/<reference>/referrals/<uuid:referral_id>/<any(send,revoke,accept,done):verb>")
@signed_in(Permission.WORK_CASES)
def referral(reference: str, referral_id: UUID, verb: str) -> Response | tuple[str, int]:
    """Send or revoke a referral, or note an answer that came by telephone."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            found = session.scalar(
                select(Referral).where(Referral.id == referral_id, Referral.case_id == case.id)
            )
            if found is None:
                raise NotFound("there is no such referral")
            _move_referral(session, case, found, verb, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return show_case(reference), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


def _move_referral(
    session: Session, case: Case, found: Referral, verb: str, by: Actor, now: datetime
) -> None:
    words = request.form.get("words", "")
    if verb == "send":
        book = current_book(session)
        basis = _choice(SharingBasis, "basis", optional=True)
        refer.send_referral(session, case, found, basis=basis, request=words, book=book, by=by, now=now)
    elif verb == "revoke":
        refer.revoke_referral(session, case, found, by=by, now=now)
    elif verb == "accept":
        refer.accept_referral(session, found.id, by=by, now=now)
    else:
        refer.finish_referral(session, found.id, explanation=words, by=by, now=now)


def _assign(session: Session, case: Case, by: Actor, now: datetime) -> None:
    try:
        to = UUID(request.form.get("to", ""))
    except ValueError as error:
        raise Invalid("choose somebody", field="to") from error
    work_case.assign(session, case, to=to, by=by, now=now)


def _greet(session: Session, case: Case, by: Actor, now: datetime) -> None:
    """The neutral greeting: words that say nothing of us, where the plan does not forbid even these."""
    verdict = may_reply(plan_of(session, case.reporter_id), NEUTRAL_WORDS)
    if not case.is_open:
        raise WrongState("the case is closed: reopen it to write", status=case.status)
    if not verdict.allowed:
        raise ContactForbidden("the contact plan does not allow this reply", reason=verdict.reason, words=())
    queue_message(session, case, kind=MessageKind.NEUTRAL_REPLY, wording="neutral_reply", by=by, now=now)
    keep_promise(session, case, Step.READ, Step.SAFE_CONTACT, by=by, now=now)


def _plan(session: Session, case: Case, by: Actor, now: datetime) -> None:
    set_contact_plan(
        session,
        case,
        reply=_choice(ContactPermission, "reply"),
        call=_choice(ContactPermission, "call"),
        hours=request.form.get("hours"),
        version=_number("version"),
        by=by,
        now=now,
    )


def _refer(session: Session, case: Case, by: Actor, now: datetime) -> None:
    agency_id = session.scalar(select(Agency.id).where(Agency.key == request.form.get("agency", "")))
    if agency_id is None:
        raise Invalid("choose an agency from the list", field="agency")
    refer.refer_case(
        session,
        case,
        agency_id,
        basis=_choice(SharingBasis, "basis", optional=True),
        request=request.form.get("words", ""),
        book=current_book(session),
        by=by,
        now=now,
    )


_ACTS: dict[str, Act] = {
    "claim": lambda s, c, by, now: work_case.claim(s, c, by=by, now=now),
    "assign": _assign,
    "reply": lambda s, c, by, now: work_case.reply(s, c, request.form.get("reply_body", ""), by=by, now=now),
    "greet": _greet,
    "note": lambda s, c, by, now: add_note(s, c, request.form.get("note_body", ""), by=by, now=now),
    "contact": lambda s, c, by, now: work_case.record_contact(
        s, c, _choice(ContactOutcome, "outcome"), by=by, now=now
    ),
    "plan": _plan,
    "urgency": lambda s, c, by, now: work_case.change_urgency(
        s,
        c,
        _choice(Urgency, "urgency"),
        reason=request.form.get("reason", ""),
        book=current_book(s),
        by=by,
        now=now,
    ),
    "refer": _refer,
    "close": lambda s, c, by, now: work_case.close(
        s,
        c,
        _choice(CloseReason, "close_reason"),
        explanation=request.form.get("explanation", ""),
        by=by,
        now=now,
    ),
    "reopen": lambda s, c, by, now: work_case.reopen(
        s, c, explanation=request.form.get("explanation", ""), book=current_book(s), by=by, now=now
    ),
}


def _choice(words: type[Words], name: str, *, optional: bool = False) -> Any:
    value = request.form.get(name, "")
    if optional and not value:
        return None
    try:
        return words(value)
    except ValueError as error:
        raise Invalid("choose one of the list", field=name) from error


def _number(name: str) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isdigit() else 0
