"""`/patterns`: alerts of cases that gather around one employer, recruiter or P3MI."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g

from cases.rules.access import Permission
from escalation.queries.patterns import open_alerts
from escalation.services.notice_patterns import acknowledge_pattern
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.pattern import PatternNoteBody, PatternSchema, PatternsSchema, show_pattern
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("patterns", "Cases that gather around one company")


@blueprint.route("/patterns")
@bearer(Permission.SEE_BOARD)
@blueprint.response(200, PatternsSchema)
def all_patterns() -> dict[str, Any]:
    """What no supervisor has answered."""
    return {"items": [show_pattern(pattern) for pattern in open_alerts(db.session())]}


@blueprint.route("/patterns/<uuid:pattern_id>/acknowledge", methods=["POST"])
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(PatternNoteBody)
@blueprint.response(200, PatternSchema)
def acknowledge(body: dict[str, Any], pattern_id: UUID) -> dict[str, Any]:
    """Say what comes of it. 409 for one that was answered, or that a larger one replaced."""
    with unit_of_work() as session:
        return show_pattern(
            acknowledge_pattern(session, pattern_id, body["note"], by=g.actor, now=datetime.now(UTC))
        )
