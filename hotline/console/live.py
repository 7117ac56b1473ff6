"""Live pages: a server-sent answer that ends at once; the browser asks again after a second.

Nothing is held: no connection, no thread (docs/decisions/0009). The same answers carry who else is looking and which
U1 nobody took; asking for a case says that its page is in front of somebody (docs/decisions/0023). What many pages ask
at the same moment is asked once (docs/decisions/0027).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Response, request
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.queries.presence import Present, present
from cases.queries.queue import alarming_cases, change_cursor, page_state
from cases.queries.visible import scope_of
from cases.rules.access import Permission
from cases.services.presence import note_presence
from cases.vocabulary import Actor
from escalation.queries.board import last_heartbeat
from hotline.console import blueprint
from hotline.console.queue_address import arguments_of, read_filter
from hotline.console.queue_position import read_position
from hotline.console.shared import shared_answer
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

RETRY_MS = 1000
BOARD_RETRY_MS = 2000


@blueprint.get("/live")
@signed_in(Permission.SEE_CASES)
def live() -> Response:
    """Events for what has changed since the cursor of `Last-Event-ID` (or `?cursor=`).

    `changed`: what the page shows. `elsewhere`: other cases than those that the queue's page shows (`?queue`).
    `present`: who else is at which case. `alarm`: U1 cases that nobody took.
    """
    reference = request.args.get("case")
    session, by, now = db.session(), acting_user(), datetime.now(UTC)
    case = case_by_reference(session, reference, by=by) if reference else None
    states = _states(session, case, by, now)
    others, alarms = _others(session, case, by, now), _alarms(session, by, now)
    if case is not None and "away" not in request.args:
        with unit_of_work() as written:
            note_presence(written, case, typing="typing" in request.args, by=by, now=now)
    told = {"present": json.dumps(others), "alarm": json.dumps(alarms)}
    parts = [states[0], *(f"{zlib.crc32(words.encode()):08x}" for words in told.values()), *states[1:]]
    known = (request.headers.get("Last-Event-ID") or request.args.get("cursor") or "").split("~")
    events = [] if known[0] == parts[0] else [("changed", "1")]
    if not events and states[1:] != known[1 + len(told) :]:
        events.append(("elsewhere", "1"))
    for number, (event, words) in enumerate(told.items(), start=1):
        was = known[number] if number < len(known) else ""
        if was != parts[number] and (was or words not in {"{}", "[]"}):
            events.append((event, words))
    return _answer("~".join(parts), events, BOARD_RETRY_MS if "board" in request.args else RETRY_MS)


def _states(session: Session, case: Case | None, by: Actor, now: datetime) -> list[str]:
    """The state of what the page shows; for the queue also that of all cases."""
    if case is not None:
        return [change_cursor(session, case_id=case.id)]
    everything = shared_answer("cursor", lambda: change_cursor(session))
    if "board" in request.args:
        # The board also shows whether the worker lives, and how far its calls got.
        return [f"{everything}|{shared_answer('heartbeat', lambda: last_heartbeat(session))}"]
    if "queue" not in request.args:
        return [everything]
    arguments = arguments_of(request.args.items(multi=True))
    wanted = read_filter(arguments, by=by)
    after = read_position(request.args.get("after", ""), wanted)
    question = ("page", scope_of(by), wanted, after)
    return [
        shared_answer(question, lambda: page_state(session, wanted, by=by, now=now, after=after)),
        everything,
    ]


def _others(session: Session, case: Case | None, by: Actor, now: datetime) -> dict[str, list[list[object]]]:
    """Reference → names, each with whether they are typing."""
    everybody: Sequence[Present] = shared_answer(
        ("present", scope_of(by)), lambda: present(session, by=by, now=now)
    )
    found: dict[str, list[list[object]]] = {}
    for one in everybody:
        if one.user_id != by.user_id and (case is None or one.reference == case.reference):
            found.setdefault(one.reference, []).append([one.name, one.is_typing])
    return found


def _alarms(session: Session, by: Actor, now: datetime) -> list[str]:
    return shared_answer(("alarm", scope_of(by)), lambda: alarming_cases(session, by=by, now=now))


def first_cursor(session: Session, shown: str) -> str:
    """Where a queue's page begins to listen. `shown`: the state of what it shows."""
    return "~".join([shown, "", "", shared_answer("cursor", lambda: change_cursor(session))])


def _answer(cursor: str, events: list[tuple[str, str]], retry: int) -> Response:
    body = "".join(f"id: {cursor}\nevent: {event}\ndata: {words}\n\n" for event, words in events)
    # An id without data sets nothing in browsers: an unchanged state is told by a comment alone.
    return Response(
        f"retry: {retry}\n" + (body or ": same\n\n"),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )
