"""Live pages: a server-sent answer that ends at once; the browser asks again after a second.

Nothing is held: no connection, no thread (docs/decisions/0009). The same answers carry who else is looking and which
U1 nobody took; asking for a case says that its page is in front of somebody (docs/decisions/0023).
"""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime

from flask import Response, request
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.queries.presence import present
from cases.queries.queue import alarming_cases, change_cursor
from cases.rules.access import Permission
from cases.services.presence import note_presence
from cases.vocabulary import Actor
from escalation.queries.board import last_heartbeat
from hotline.console import blueprint
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

RETRY_MS = 1000
BOARD_RETRY_MS = 2000


@blueprint.get("/live")
@signed_in(Permission.SEE_CASES)
def live() -> Response:
    """Events for what has changed since the cursor of `Last-Event-ID` (or `?cursor=`): `changed`, `present` (who else
    is at which case) and `alarm` (U1 cases that nobody took)."""
    reference = request.args.get("case")
    session, by, now = db.session(), acting_user(), datetime.now(UTC)
    case = case_by_reference(session, reference, by=by) if reference else None
    on_board = "board" in request.args
    state = change_cursor(session, case_id=case.id if case else None)
    if on_board:
        # The board also shows whether the worker lives, and how far its calls got.
        state += f"|{last_heartbeat(session)}"
    others, alarms = _others(session, case, by, now), alarming_cases(session, by=by, now=now)
    if case is not None and "away" not in request.args:
        with unit_of_work() as written:
            note_presence(written, case, typing="typing" in request.args, by=by, now=now)
    told = {"present": json.dumps(others), "alarm": json.dumps(alarms)}
    parts = [state, *(f"{zlib.crc32(words.encode()):08x}" for words in told.values())]
    known = (request.headers.get("Last-Event-ID") or request.args.get("cursor") or "").split("~")
    events = [] if known[0] == state else [("changed", "1")]
    for number, (event, words) in enumerate(told.items(), start=1):
        was = known[number] if number < len(known) else None
        if was != parts[number] and not (was is None and words in {"{}", "[]"}):
            events.append((event, words))
    return _answer("~".join(parts), events, BOARD_RETRY_MS if on_board else RETRY_MS)


def _answer(cursor: str, events: list[tuple[str, str]], retry: int) -> Response:
    body = "".join(f"id: {cursor}\nevent: {event}\ndata: {words}\n\n" for event, words in events)
    # An id without data sets nothing in browsers: an unchanged state is told by a comment alone.
    return Response(
        f"retry: {retry}\n" + (body or ": same\n\n"),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


def _others(session: Session, case: Case | None, by: Actor, now: datetime) -> dict[str, list[list[object]]]:
    """Reference → names, each with whether they are typing."""
    found: dict[str, list[list[object]]] = {}
    for one in present(session, by=by, now=now, case_id=case.id if case else None):
        found.setdefault(one.reference, []).append([one.name, one.is_typing])
    return found
