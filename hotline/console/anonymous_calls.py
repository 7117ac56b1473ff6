"""Calls from hidden numbers: of nobody, and yet to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cases.queries.anonymous_calls import newest_anonymous_calls
from cases.rules.access import Permission
from cases.services.calls import see_anonymous_call
from hotline.console import blueprint
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work


@blueprint.get("/anonymous-calls")
@signed_in(Permission.SEE_CASES)
def anonymous_calls() -> str:
    """The newest ones, unseen first."""
    calls = newest_anonymous_calls(db.session(), by=acting_user())
    return render_template("console/anonymous_calls.html", calls=calls)


@blueprint.post("/anonymous-calls/<uuid:call_id>/seen")
@signed_in(Permission.WORK_CASES)
def anonymous_call_seen(call_id: UUID) -> Response:
    """Somebody has looked at it."""
    with unit_of_work() as session:
        see_anonymous_call(session, call_id, by=acting_user(), now=datetime.now(UTC))
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.anonymous_calls"))
