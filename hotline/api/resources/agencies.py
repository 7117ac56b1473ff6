"""`/agencies`: who can be asked to act."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE

from cases.queries.lists import list_agencies
from cases.rules.access import Permission
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_text, write_cursor
from hotline.api.schemas.agency import AgencyPage, AgencyQuery
from hotline.extensions import db
from hotline.security.access import bearer

blueprint = api_blueprint("agencies", "Who can be asked to act")


@blueprint.route("/agencies")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(AgencyQuery, location="query", unknown=RAISE)
@blueprint.response(200, AgencyPage)
def all_agencies(query: dict[str, Any]) -> dict[str, Any]:
    """Agencies, by name."""
    page = list_agencies(
        db.session(),
        limit=query["limit"],
        kind=query.get("kind"),
        country=query.get("country"),
        words=query.get("q"),
        after=read_text(query.get("cursor")),
    )
    last = page.rows[-1] if page.more else None
    return {"items": page.rows, "next_cursor": write_cursor(last.id, last.name) if last else None}
