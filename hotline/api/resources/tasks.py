"""What the contact gate asks a human to decide, and the short conversation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g

from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.send_to_person import cancel_message, release_message
from cases.services.tasks import finish_task, task_of
from escalation.services import work_case
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.message import MessageSchema, show_message
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("tasks", "What a human must decide about contact")


@blueprint.route("/cases/<reference>/tasks/<uuid:task_id>/done", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(204)
def done(reference: str, task_id: UUID) -> None:
    """The task is dealt with. Saying it twice changes nothing."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        task = task_of(session, case, task_id)
        finish_task(session, case, task, outcome="done", by=g.actor, now=datetime.now(UTC))


@blueprint.route("/cases/<reference>/messages/<uuid:message_id>/release", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, MessageSchema)
def release(reference: str, message_id: UUID) -> dict[str, Any]:
    """Send a held message after all, in one's own name. 409 `contact_forbidden` while the plan forbids it."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        return show_message(release_message(session, case, message_id, by=g.actor, now=datetime.now(UTC)))


@blueprint.route("/cases/<reference>/messages/<uuid:message_id>/discard", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(204)
def discard(reference: str, message_id: UUID) -> None:
    """Do not send a held message."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        cancel_message(session, case, message_id, by=g.actor, now=datetime.now(UTC))


@blueprint.route("/cases/<reference>/greeting", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(201, MessageSchema)
def greet(reference: str) -> dict[str, Any]:
    """Send the neutral greeting; her answer to it decides whether and when she may be written to."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        return show_message(work_case.greet(session, case, by=g.actor, now=datetime.now(UTC)))


@blueprint.route("/cases/<reference>/questions", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(204)
def ask(reference: str) -> None:
    """Start the short conversation, or take it up again."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        work_case.ask(session, case, by=g.actor, now=datetime.now(UTC))
