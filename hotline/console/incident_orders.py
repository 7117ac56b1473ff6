"""One order for many cases of an incident, and updates to their workers; each case has its own result."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, raiseload
from werkzeug.wrappers import Response

from cases.database import new_id
from cases.errors import Invalid, Refused
from cases.models import Case, Incident, IncidentUpdate
from cases.queries.incidents import incident_by_reference
from cases.queries.visible import visible_cases
from cases.rules.access import Permission
from cases.services.incident_updates import Words, checked_words, make_update, preview_update, send_update
from cases.vocabulary import SharingBasis, UpdateOutcome, Urgency
from escalation.services.incident_orders import Order, OrderVerb, carry_out
from hotline.console import blueprint
from hotline.console.incidents import show_incident
from hotline.console.one_by_one import MOST_AT_ONCE, Result, one_by_one
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.labels import label
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

_GOES = frozenset({UpdateOutcome.SENT, UpdateOutcome.WAITS})


@blueprint.post("/incidents/<reference>/order")
@signed_in(Permission.WORK_CASES)
def incident_order(reference: str) -> tuple[str, int]:
    """Attach, take out, assign, note, raise or refer the chosen cases. Not a redirect: the results belong to this page
    alone; what was refused stays chosen."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        order = _order()
        named = re.split(r"[\s,;]+", request.form.get("references", "").upper())
        chosen = [one for one in named if one] if order.verb is OrderVerb.ATTACH else _chosen()
    except Refused as refused:
        return _refused(reference, refused)
    with unit_of_work() as session:
        incident_id = incident_by_reference(session, reference, by=by).id

    def act(session: Session, case: Case) -> str:
        incident = session.get_one(Incident, incident_id)
        carry_out(session, incident, case, order, book=current_book(session), by=by, now=now)
        return str(label(f"did_{order.verb.value}"))

    return _told(reference, one_by_one(chosen, act, by=by))


@blueprint.post("/incidents/<reference>/update/preview")
@signed_in(Permission.WORK_CASES)
def preview_incident_update(reference: str) -> str | tuple[str, int]:
    """Who would be told by which channel, and who not and why. Nothing is sent."""
    by, now = acting_user(), datetime.now(UTC)
    session = db.session()
    incident = incident_by_reference(session, reference, by=by)
    try:
        words = _words()
    except Refused as refused:
        return _refused(reference, refused)
    chosen = _chosen()
    if not chosen:
        return _told(reference, [])
    query = select(Case).where(Case.reference.in_(chosen), visible_cases(by)).order_by(Case.opened_at)
    cases = session.scalars(query.options(joinedload(Case.owner), raiseload("*"))).all()
    prospects = preview_update(session, incident, cases, words, now=now)
    return render_template(
        "console/incident_update.html",
        incident=incident,
        words=words,
        update_id=new_id(),
        prospects=prospects,
        goes=sum(one.outcome in _GOES for one in prospects),
    )


@blueprint.post("/incidents/<reference>/update")
@signed_in(Permission.WORK_CASES)
def send_incident_update(reference: str) -> str | Response | tuple[str, int]:
    """Send it, as it was previewed. Pressed twice, nobody hears it twice."""
    by, now = acting_user(), datetime.now(UTC)
    try:
        update_id = UUID(request.form.get("update", ""))
    except ValueError:
        return redirect(url_for("console.incident", reference=reference))
    try:
        words = _words()
        with unit_of_work() as session:
            incident = incident_by_reference(session, reference, by=by)
            make_update(session, incident, update_id, words, by=by, now=now)
    except Refused as refused:
        return _refused(reference, refused)

    def act(session: Session, case: Case) -> str:
        fresh = session.get_one(IncidentUpdate, update_id)
        return str(label(send_update(session, fresh, case, by=by, now=now)))

    return _told(reference, one_by_one(_chosen(), act, by=by))


def _told(reference: str, results: list[Result]) -> tuple[str, int]:
    refused = sum(not one.done for one in results)
    again = {one.reference for one in results if not one.done}
    status = 409 if refused or not results else 200
    return show_incident(reference, results=results, refused=refused, chosen=again), status


def _refused(reference: str, refused: Refused) -> tuple[str, int]:
    flash(explain(refused), "danger")
    typed = {name: value for name, value in request.form.items() if name != "csrf_token"}
    return show_incident(reference, typed=typed, chosen=set(_chosen())), 409


def _chosen() -> list[str]:
    return [one.upper() for one in request.form.getlist("case")][:MOST_AT_ONCE]


def _words() -> Words:
    return checked_words(request.form.get("wording", ""), request.form.get("update_body", ""))


def _order() -> Order:
    form = request.form
    try:
        verb = OrderVerb(form.get("do", ""))
        return Order(
            verb,
            words=form.get(f"{verb.value}_words", ""),
            to=UUID(form["to"]) if form.get("to") else None,
            urgency=Urgency(form["level"]) if form.get("level") else None,
            agency_id=UUID(form["agency"]) if form.get("agency") else None,
            basis=SharingBasis(form["basis"]) if form.get("basis") else None,
        )
    except ValueError as error:
        raise Invalid("choose one of the list", field="order") from error
