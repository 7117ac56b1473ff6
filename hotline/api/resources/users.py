"""`/users`: to whom a case can be given."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE

from cases.queries.lists import list_workers
from cases.rules.access import Permission
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_text, write_cursor
from hotline.api.schemas.user import UserPage, UserQuery
from hotline.extensions import db
from hotline.security.access import bearer

blueprint = api_blueprint("users", "To whom a case can be given")


@blueprint.route("/users")
@bearer(Permission.WORK_CASES)
@blueprint.arguments(UserQuery, location="query", unknown=RAISE)
@blueprint.response(200, UserPage)
def all_users(query: dict[str, Any]) -> dict[str, Any]:
    """Staff who can work cases, by name."""
    page = list_workers(db.session(), limit=query["limit"], after=read_text(query.get("cursor")))
    last = page.rows[-1] if page.more else None
    return {"items": page.rows, "next_cursor": write_cursor(last.id, last.name) if last else None}
