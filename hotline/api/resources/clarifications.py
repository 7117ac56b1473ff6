"""`/cases/{reference}/clarifications`: the regulation's steps with a P3MI."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, g, send_file

from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.clarifications import Statement, clarification_of, clarifications_of
from escalation.services.clarify import clarify, judge_promise
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.clarification import (
    ClarificationBody,
    ClarificationSchema,
    ClarificationsSchema,
    PromiseBody,
    show_clarification,
)
from hotline.extensions import db
from hotline.forms.clarification import Form
from hotline.forms.facts import export_form
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("clarifications", "The regulation's steps with a P3MI")


@blueprint.route("/cases/<reference>/clarifications")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, ClarificationsSchema)
def clarifications(reference: str) -> dict[str, Any]:
    """What was asked and promised so far."""
    session = db.session()
    case = case_by_reference(session, reference, by=g.actor)
    return {"items": [show_clarification(row) for row in clarifications_of(session, case)]}


@blueprint.route("/cases/<reference>/clarifications", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(ClarificationBody)
@blueprint.response(201, ClarificationSchema)
def record(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Write down a step (409 for one whose turn it is not). A second clarification's promise gets its clock."""
    party_id, kind, held_at = body.pop("party"), body.pop("kind"), body.pop("held_at")
    said = Statement(**body | {"promises": tuple(body["promises"])})
    now = datetime.now(UTC)
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        book = current_book(session)
        row = clarify(session, case, party_id, kind, said, held_at=held_at, book=book, by=g.actor, now=now)
        return show_clarification(row)


@blueprint.route("/cases/<reference>/clarifications/<uuid:clarification_id>/promise", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(PromiseBody)
@blueprint.response(200, ClarificationSchema)
def judge(body: dict[str, Any], reference: str, clarification_id: UUID) -> dict[str, Any]:
    """Say whether it was kept (409 before its time is over, and a second time)."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        now = datetime.now(UTC)
        return show_clarification(
            judge_promise(session, case, clarification_id, body["result"], by=g.actor, now=now)
        )


@blueprint.route(
    "/cases/<reference>/clarifications/<uuid:clarification_id>/<any(statement,minutes):form>",
    methods=["POST"],
)
@bearer(Permission.WORK_CASES)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def make(reference: str, clarification_id: UUID, form: str) -> Response:
    """A form of this step as PDF (409 where there is none). That it was made is a line in the case's log."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        step = clarification_of(session, case, clarification_id)
        content = export_form(session, case, step, Form(form), by=g.actor, now=datetime.now(UTC))
        name = f"{case.reference}-{step.kind.value}-{form}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)
