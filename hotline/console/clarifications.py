"""The regulation's steps with the P3MI of a case, and their forms."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, NotFound, Refused
from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.clarifications import (
    Statement,
    clarification_of,
    clarifications_of,
    next_step_with,
    same_p3mi,
)
from cases.services.parties import parties_of
from cases.vocabulary import Actor, ClarificationKind, PartyRole, PromiseResult
from escalation.services.clarify import clarify, judge_promise
from escalation.services.load_clarification import load_clarification
from hotline.console import blueprint
from hotline.console.desk_actions import ROOM
from hotline.console.form_numbers import version_seen
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.forms.clarification import Form, available_forms
from hotline.forms.facts import export_form
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work


@blueprint.get("/cases/<reference>/clarifications")
@signed_in(Permission.SEE_CASES)
def clarifications(reference: str) -> str:
    """Each P3MI of the case with its steps, and the form of the one that may come next."""
    return _show(reference, {})


@blueprint.post("/cases/<reference>/clarifications/<any(record,judge):verb>")
@signed_in(Permission.WORK_CASES)
def change_clarification(reference: str, verb: str) -> Response | tuple[str, int]:
    """Write down a step, or say what became of a promise."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            _ACTS[verb](session, case, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return _show(reference, {n: v for n, v in request.form.items() if n != "csrf_token"}), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.clarifications", reference=reference))


@blueprint.post("/cases/<reference>/clarifications/<uuid:clarification_id>/<any(statement,minutes):form>")
@signed_in(Permission.WORK_CASES)
def clarification_form(reference: str, clarification_id: UUID, form: str) -> Response:
    """The form as PDF. By POST: that it was made is a line in the log."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            step = clarification_of(session, case, clarification_id)
            content = export_form(session, case, step, Form(form), by=by, now=now)
            name = f"{case.reference}-{step.kind.value}-{form}.pdf"
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        return redirect(url_for("console.clarifications", reference=reference))
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def _show(reference: str, typed: dict[str, str]) -> str:
    session = db.session()
    case = case_by_reference(session, reference, by=acting_user())
    steps = clarifications_of(session, case)
    placers = [party for party in parties_of(session, case) if party.role is PartyRole.P3MI]
    return render_template(
        "console/clarifications.html",
        case=case,
        placers=[
            (
                party,
                [step for step in steps if same_p3mi(step.party, party)],
                next_step_with(steps, party),
            )
            for party in placers
        ],
        former=[step for step in steps if not any(same_p3mi(step.party, party) for party in placers)],
        forms=available_forms,
        term=load_clarification(),
        room=ROOM,
        typed=typed,
        now=datetime.now(UTC),
    )


def _record(session: Session, case: Case, by: Actor, now: datetime) -> None:
    form = request.form
    try:
        kind, party_id = ClarificationKind(form.get("kind", "")), UUID(form.get("party", ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="kind") from error
    try:
        held_at = datetime.fromisoformat(form.get("held_at", "")).replace(tzinfo=ROOM)
    except ValueError as error:
        raise Invalid("no date", field="held_at") from error
    said = Statement(
        speaker=form.get("speaker", ""),
        office=form.get("office", ""),
        address=form.get("address", ""),
        phone=form.get("phone", ""),
        admits={"yes": True, "no": False}.get(form.get("admits", "")),
        explanation=form.get("explanation", ""),
        follow_up=form.get("follow_up", ""),
        hindrance=form.get("hindrance", ""),
        promises=tuple(form.get("promises", "").splitlines()),
        names_worker="names_worker" in form,
    )
    book = current_book(session)
    clarify(session, case, party_id, kind, said, held_at=held_at, book=book, by=by, now=now)


def _judge(session: Session, case: Case, by: Actor, now: datetime) -> None:
    try:
        step_id, result = UUID(request.form.get("step", "")), PromiseResult(request.form.get("result", ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="result") from error
    judge_promise(session, case, step_id, result, version=version_seen(), by=by, now=now)


_ACTS: dict[str, Callable[[Session, Case, Actor, datetime], None]] = {"record": _record, "judge": _judge}
