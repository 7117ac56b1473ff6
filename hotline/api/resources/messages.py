"""`/cases/{reference}/messages` and `/notes`: words to the reporter, and words among staff."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import g

from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.notes import add_note
from escalation.services import work_case
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.message import (
    MessageSchema,
    NoteBody,
    NoteSchema,
    ReplyBody,
    show_message,
    show_note,
)
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("messages", "What is said to the reporter, and among staff")


@blueprint.route("/cases/<reference>/messages", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(ReplyBody)
@blueprint.response(201, MessageSchema)
def reply(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Write to the reporter. 409 `contact_forbidden` when the contact plan does not allow these words."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        message = work_case.reply(session, case, **body, by=g.actor, now=datetime.now(UTC))
        return show_message(message)


@blueprint.route("/cases/<reference>/notes", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(NoteBody)
@blueprint.response(201, NoteSchema)
def note(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Write a note for colleagues. It is never sent."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        return show_note(add_note(session, case, body["body"], by=g.actor, now=datetime.now(UTC)))
