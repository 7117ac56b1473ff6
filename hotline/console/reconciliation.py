"""What the provider says it sent and what we hold: where the two differ."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cases.errors import Refused
from cases.queries.reconciliation import last_reconciliation, list_differences
from cases.rules.access import Permission
from cases.services.reconcile import settle_difference
from hotline.console import blueprint
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

_PAGE = 50


@blueprint.get("/reconciliation")
@signed_in(Permission.SEE_BOARD)
def reconciliation() -> str:
    """Differences a human has to look at, or those that are settled."""
    session = db.session()
    settled = "settled" in request.args
    page = list_differences(
        session, limit=_PAGE, after=_position(request.args.get("after", "")), settled=settled
    )
    return render_template(
        "console/reconciliation.html",
        page=page,
        last=last_reconciliation(session),
        settled=settled,
        after=page.rows[-1][0].id if page.more else None,
    )


@blueprint.post("/reconciliation/<uuid:difference_id>/settle")
@signed_in(Permission.SEE_BOARD)
def settle(difference_id: UUID) -> Response:
    """Somebody has looked at it, and says what it was."""
    reason = request.form.get("reason", "")
    try:
        with unit_of_work() as session:
            settle_difference(session, difference_id, reason=reason, by=acting_user(), now=datetime.now(UTC))
        flash(_("Tercatat."), "success")
    except Refused as refused:
        flash(explain(refused), "danger")
    return redirect(url_for("console.reconciliation"))


def _position(text: str) -> UUID | None:
    """Where to go on; a position nobody gave out is the beginning."""
    try:
        return UUID(text)
    except ValueError:
        return None
