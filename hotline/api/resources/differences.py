"""`/differences`: where the provider's list and our rows disagree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import RAISE

from cases.queries.reconciliation import list_differences
from cases.rules.access import Permission
from cases.services.reconcile import settle_difference
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_id, write_cursor
from hotline.api.schemas.difference import DifferencePage, DifferenceQuery, SettleBody, show_difference
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("differences", "Where the provider's list and our rows disagree")


@blueprint.route("/differences")
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(DifferenceQuery, location="query", unknown=RAISE)
@blueprint.response(200, DifferencePage)
def all_differences(query: dict[str, Any]) -> dict[str, Any]:
    """Those that are open, or those that are settled, newest first."""
    page = list_differences(
        db.session(), limit=query["limit"], after=read_id(query.get("cursor")), settled=query["settled"]
    )
    last = page.rows[-1][0] if page.more else None
    return {
        "items": [show_difference(difference, reference) for difference, reference in page.rows],
        "next_cursor": write_cursor(last.id) if last else None,
    }


@blueprint.route("/differences/<uuid:difference_id>/settle", methods=["POST"])
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(SettleBody)
@blueprint.response(204)
def settle(body: dict[str, Any], difference_id: UUID) -> None:
    """Somebody has looked at it. Saying so twice changes nothing."""
    with unit_of_work() as session:
        settle_difference(session, difference_id, reason=body["reason"], by=g.actor, now=datetime.now(UTC))
