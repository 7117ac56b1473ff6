"""What is left for humans to do: held and failed messages, signs of duress, calls that were asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import render_template, request

from cases.queries.tasks import Position, count_tasks, task_page
from cases.rules.access import Permission
from cases.services.handover import notes_for
from cases.vocabulary import Urgency
from hotline.console import blueprint
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in


@blueprint.get("/tasks")
@signed_in(Permission.SEE_CASES)
def tasks() -> str:
    """Every open task, those of the most urgent cases first."""
    session, by = db.session(), acting_user()
    page = task_page(session, by=by, after=_position(request.args.get("after", "")))
    return render_template(
        "console/tasks.html",
        page=page,
        total=count_tasks(session, by=by),
        next=f"{page.after[0]}.{page.after[1]}" if page.after else None,
        handovers=notes_for(session, by.user_id, unseen=True),
        now=datetime.now(UTC),
    )


def _position(text: str) -> Position | None:
    """Where to go on; a position nobody gave out is the beginning."""
    urgency, _, task_id = text.partition(".")
    try:
        return Urgency(urgency).value, UUID(task_id)
    except ValueError:
        return None
