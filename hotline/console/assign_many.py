"""Cases taken or given from the queue: one key for one, a list for many. Each has its own result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

from flask import jsonify, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, WrongState
from cases.models import Case, User
from cases.rules.access import Permission
from cases.vocabulary import Actor
from escalation.services import work_case
from hotline.console import blueprint
from hotline.console.one_by_one import Result, one_by_one
from hotline.console.queue import show_queue
from hotline.security.access import acting_user, signed_in


@blueprint.post("/assign")
@signed_in(Permission.WORK_CASES)
def assign_many() -> Response | tuple[str, int] | tuple[Response, int]:
    """Take one case (`claim`), or give the chosen ones (`case`) to somebody (`to`: `me` or an id). Each is a
    transaction of its own: what is refused is told beside what was done, and undoes none of it."""
    by, now = acting_user(), datetime.now(UTC)
    claimed = request.form.get("claim")
    chosen = [claimed] if claimed else request.form.getlist("case")
    to = "me" if claimed else request.form.get("to", "")
    results = give_each(chosen, to, by=by, now=now)
    refused = sum(not one.done for one in results)
    status = 409 if refused or not results else 200
    if request.accept_mimetypes.best == "application/json":
        return jsonify([asdict(one) for one in results]), status
    # Not a redirect: the results belong to this page alone. What was refused stays chosen.
    again = {one.reference for one in results if not one.done}
    return show_queue(results=results, refused=refused, again=again, none_chosen=not results), status


def give_each(chosen: Iterable[str], to: str, *, by: Actor, now: datetime) -> list[Result]:
    """Give each case to somebody. A name in the list is the reference and, behind a stroke, whose it was when the page
    was read."""
    seen = {one.partition("/")[0]: one.partition("/")[2] for one in chosen}
    return one_by_one(
        seen,
        lambda session, case: _give(session, case, to, seen.get(case.reference, ""), by, now),
        by=by,
    )


def _give(session: Session, case: Case, to: str, seen: str, by: Actor, now: datetime) -> str:
    if to == "me":
        work_case.claim(session, case, by=by, now=now)
        return _("Anda menangani kasus ini.")
    if str(case.owner_id or "") != seen and case.owner_id is not None:
        # Somebody took it since the page was read: that is not undone in passing.
        raise WrongState("somebody was first", owner=session.get_one(User, case.owner_id).name)
    try:
        receiver = UUID(to)
    except ValueError as error:
        raise Invalid("choose somebody", field="to") from error
    work_case.assign(session, case, to=receiver, by=by, now=now)
    return _("Ditugaskan kepada %(name)s.", name=session.get_one(User, receiver).name)
