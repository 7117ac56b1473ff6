"""Incidents: the list, one with its cases, and which case belongs to one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, NotFound, Refused, WrongState
from cases.models import Agency, Case
from cases.queries.find_case import case_by_reference
from cases.queries.incidents import incident_by_reference, incident_row, list_incidents, updates_of
from cases.queries.lists import CaseFilter, list_cases, list_workers
from cases.rules.access import Permission
from cases.services.incident_updates import WORDINGS
from cases.services.incidents import add_to_incident, close_incident, open_incident, remove_from_incident
from cases.vocabulary import Actor, IncidentKind, SharingBasis, Urgency
from hotline.console import blueprint
from hotline.console.case import show_case
from hotline.console.keyset import position, write_position
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

ROWS_OF_A_PAGE = 50
MOST_STAFF = 500


@blueprint.get("/incidents")
@signed_in(Permission.SEE_CASES)
def incidents() -> str:
    """All incidents, newest first."""
    page = list_incidents(db.session(), by=acting_user(), limit=ROWS_OF_A_PAGE, after=position())
    last = page.rows[-1].incident if page.more else None
    next_url = url_for("console.incidents", after=write_position(last.opened_at, last.id)) if last else None
    return render_template("console/incidents.html", rows=page.rows, next_url=next_url)


@blueprint.get("/incidents/<reference>")
@signed_in(Permission.SEE_CASES)
def incident(reference: str) -> str:
    """One incident with its cases, newest first."""
    return show_incident(reference)


def show_incident(reference: str, **more: Any) -> str:
    """Render the page; `more`: the results of an order, and what was typed into a form that was refused."""
    by = acting_user()
    row = incident_row(db.session(), reference, by=by)
    wanted = CaseFilter(incident_id=row.incident.id)
    page = list_cases(db.session(), wanted, by=by, limit=ROWS_OF_A_PAGE, after=position())
    last = page.rows[-1] if page.more else None
    after = write_position(last.opened_at, last.id) if last else None
    return render_template(
        "console/incident.html",
        row=row,
        incident=row.incident,
        cases=page.rows,
        now=datetime.now(UTC),
        next_url=url_for("console.incident", reference=reference, after=after) if after else None,
        updates=updates_of(db.session(), row.incident),
        **incident_choices(db.session()),
        **{"results": None, "typed": {}, "chosen": set(), **more},
    )


def incident_choices(session: Session) -> dict[str, Any]:
    """What the forms of the page offer."""
    agencies = select(Agency.id, Agency.name).where(Agency.active).order_by(Agency.name)
    return {
        "staff": list_workers(session, limit=MOST_STAFF).rows,
        "agencies": session.execute(agencies).all(),
        "urgencies": list(Urgency)[:-1],
        "bases": list(SharingBasis),
        "wordings": WORDINGS,
    }


@blueprint.post("/incidents/<reference>/close")
@signed_in(Permission.WORK_CASES)
def end_incident(reference: str) -> Response:
    """Close an incident: no case joins it any more."""
    by = acting_user()
    try:
        with unit_of_work() as session:
            found = incident_by_reference(session, reference, by=by)
            close_incident(session, found, by=by, now=datetime.now(UTC))
    except WrongState as refused:
        flash(explain(refused), "danger")
    else:
        flash(_("Tersimpan."), "success")
    return redirect(url_for("console.incident", reference=reference))


@blueprint.post("/cases/<reference>/incident/<any(join,open,leave):verb>")
@signed_in(Permission.WORK_CASES)
def incident_of_case(reference: str, verb: str) -> Response | tuple[str, int]:
    """Put a case into an incident, an existing one or one opened by this, or take it out."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            if verb == "leave":
                remove_from_incident(session, case, by=by, now=now)
            else:
                _join(session, case, verb, by, now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
        typed = {name: value for name, value in request.form.items() if name.startswith("incident_")}
        return show_case(reference, typed), 409
    flash(_("Tersimpan."), "success")
    return redirect(url_for("console.case", reference=reference))


def _join(session: Session, case: Case, verb: str, by: Actor, now: datetime) -> None:
    if verb == "open":
        title, kind = request.form.get("incident_title", ""), _kind()
        wanted = open_incident(session, title, kind, country=case.country, by=by, now=now)
    else:
        try:
            wanted = incident_by_reference(session, request.form.get("incident_reference", ""), by=by)
        except NotFound as error:  # a slip of the hand: not a page that does not exist
            raise Invalid("there is no such incident", field="incident_reference") from error
    add_to_incident(session, case, wanted, by=by, now=now)


def _kind() -> IncidentKind:
    try:
        return IncidentKind(request.form.get("incident_kind", ""))
    except ValueError as error:
        raise Invalid("choose one of the list", field="incident_kind") from error
