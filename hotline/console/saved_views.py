"""Saved views of the queue: own ones, and those a supervisor shares."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cases.errors import NotFound, Refused
from cases.rules.access import Permission
from cases.services.saved_views import drop_view, rename_view, save_view, set_default_view
from hotline.console import blueprint
from hotline.console.queue_address import address, arguments_in
from hotline.console.refusals import explain
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work


@blueprint.post("/views")
@signed_in(Permission.SEE_CASES)
def save_this_view() -> Response:
    """Keep the filters of the page under a name, and go on with them."""
    arguments = arguments_in(request.form.get("arguments", ""))
    try:
        with unit_of_work() as session:
            save_view(
                session,
                request.form.get("name", ""),
                urlencode(arguments),
                shared="shared" in request.form,
                by=acting_user(),
                now=datetime.now(UTC),
            )
    except Refused as refused:
        flash(explain(refused), "danger")
    else:
        flash(_("Tersimpan."), "success")
    return _back(arguments)


@blueprint.post("/views/<uuid:view_id>/<any(rename,drop,default):verb>")
@signed_in(Permission.SEE_CASES)
def act_on_view(view_id: UUID, verb: str) -> Response:
    """Rename or drop one's own view, or let the queue open with a view."""
    by = acting_user()
    try:
        with unit_of_work() as session:
            if verb == "rename":
                rename_view(session, view_id, request.form.get("name", ""), by=by)
            elif verb == "drop":
                drop_view(session, view_id, by=by)
            else:
                set_default_view(session, view_id, by=by)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
    else:
        flash(_("Tersimpan."), "success")
    return _back(arguments_in(request.form.get("arguments", "")))


@blueprint.post("/views/no-default")
@signed_in(Permission.SEE_CASES)
def no_default_view() -> Response:
    """The queue opens with all cases again."""
    with unit_of_work() as session:
        set_default_view(session, None, by=acting_user())
    flash(_("Tersimpan."), "success")
    return _back([])


def _back(arguments: list[tuple[str, str]]) -> Response:
    return redirect(address(url_for("console.queue"), arguments, view="all"))
