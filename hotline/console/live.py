"""Live pages: a server-sent answer that ends at once; the browser asks again after a second.

Nothing is held: no connection, no thread (docs/decisions/0009).
"""

from __future__ import annotations

from flask import Response, request

from cases.queries.find_case import case_by_reference
from cases.queries.queue import change_cursor
from cases.rules.access import Permission
from escalation.queries.board import last_heartbeat
from hotline.console import blueprint
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in

RETRY_MS = 1000
BOARD_RETRY_MS = 2000


@blueprint.get("/live")
@signed_in(Permission.SEE_CASES)
def live() -> Response:
    """One event when something has changed since the cursor of `Last-Event-ID` (or `?cursor=`)."""
    reference = request.args.get("case")
    session = db.session()
    case_id = case_by_reference(session, reference, by=acting_user()).id if reference else None
    on_board = "board" in request.args
    cursor = change_cursor(session, case_id=case_id)
    if on_board:
        # The board also shows whether the worker lives, and how far its calls got.
        cursor += f"|{last_heartbeat(session)}"
    known = request.headers.get("Last-Event-ID") or request.args.get("cursor")
    event = "" if known == cursor else "event: changed\ndata: 1\n"
    # An id without data sets nothing in browsers: an unchanged state is told by a comment alone.
    body = f"retry: {BOARD_RETRY_MS if on_board else RETRY_MS}\n" + (
        f"id: {cursor}\n{event}\n" if event else ": same\n\n"
    )
    return Response(body, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})
