"""`/clocks`: what was promised, and by when."""

from __future__ import annotations

from typing import Any

from flask import g
from marshmallow import RAISE

from cases.rules.access import Permission
from escalation.queries.lists import list_clocks
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_moment, write_cursor
from hotline.api.names import key_or_id
from hotline.api.schemas.clock import ClockPage, ClockQuery, show_clock
from hotline.extensions import db
from hotline.security.access import bearer

blueprint = api_blueprint("clocks", "Promises with a deadline")


@blueprint.route("/clocks")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(ClockQuery, location="query", unknown=RAISE)
@blueprint.response(200, ClockPage)
def all_clocks(query: dict[str, Any]) -> dict[str, Any]:
    """Promises, the earliest due first."""
    page = list_clocks(
        db.session(),
        by=g.actor,
        limit=query["limit"],
        state=query.get("state"),
        step=query.get("step"),
        agency=key_or_id(query.get("agency")),
        after=read_moment(query.get("cursor")),
    )
    last = page.rows[-1][0] if page.more else None
    return {
        "items": [show_clock(row) for row in page.rows],
        "next_cursor": write_cursor(last.id, last.due_at) if last else None,
    }
