"""`/incidents/{reference}/orders` and `/updates`: many cases at once, each with its own result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Refused
from cases.models import Case, Incident, IncidentUpdate
from cases.queries.find_case import case_by_reference
from cases.queries.incidents import incident_by_reference
from cases.queries.visible import visible_cases
from cases.rules.access import Permission
from cases.services.incident_updates import checked_words, make_update, preview_update, send_update
from escalation.services.incident_orders import Order, carry_out
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.incident_order import (
    OrderBody,
    OrderResultsSchema,
    ProspectsSchema,
    UpdateBody,
    show_prospect,
)
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("incident orders", "Many cases of one event at once")
Result = dict[str, Any]


@blueprint.route("/incidents/<reference>/orders", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(OrderBody)
@blueprint.response(200, OrderResultsSchema)
def order(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Attach, take out, assign, note, raise or refer at most 100 cases. Each is a transaction of its own."""
    now = datetime.now(UTC)
    incident_id = incident_by_reference(db.session(), reference, by=g.actor).id
    wanted = Order(
        body["do"],
        words=body["words"],
        to=body["to"],
        urgency=body["urgency"],
        agency_id=body["agency"],
        basis=body["basis"],
    )

    def act(session: Session, case: Case) -> Result:
        incident = session.get_one(Incident, incident_id)
        carry_out(session, incident, case, wanted, book=current_book(session), by=g.actor, now=now)
        return {"done": True, "code": None, "message": None}

    def refuse(refused: Refused) -> Result:
        return {"done": False, "code": refused.code, "message": refused.message}

    return {"items": _each(body["cases"], act, refuse)}


@blueprint.route("/incidents/<reference>/updates/preview", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(UpdateBody)
@blueprint.response(200, ProspectsSchema)
def preview(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Who would be told by which channel, and who not and why; nothing is sent."""
    session = db.session()
    incident = incident_by_reference(session, reference, by=g.actor)
    words = checked_words(body["wording"], body["body"])
    wanted = [one.upper() for one in body["cases"]]
    query = select(Case).where(Case.reference.in_(wanted), visible_cases(g.actor)).order_by(Case.opened_at)
    cases = session.scalars(query).all()
    prospects = preview_update(session, incident, cases, words, now=datetime.now(UTC))
    return {"items": [show_prospect(one) for one in prospects]}


@blueprint.route("/incidents/<reference>/updates/<uuid:update_id>", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(UpdateBody)
@blueprint.response(200, ProspectsSchema)
def send(body: dict[str, Any], reference: str, update_id: UUID) -> dict[str, Any]:
    """Tell the workers of these cases, each under her contact plan. `update_id` is chosen by the caller: the same one
    again sends nothing twice (409 with other words)."""
    now = datetime.now(UTC)
    words = checked_words(body["wording"], body["body"])
    with unit_of_work() as session:
        incident = incident_by_reference(session, reference, by=g.actor)
        make_update(session, incident, update_id, words, by=g.actor, now=now)
    nothing = {"channel": None, "reason": None, "until": None}

    def act(session: Session, case: Case) -> Result:
        update = session.get_one(IncidentUpdate, update_id)
        return {"outcome": send_update(session, update, case, by=g.actor, now=now), "code": None, **nothing}

    def refuse(refused: Refused) -> Result:
        return {"outcome": None, "code": refused.code, **nothing}

    return {"items": _each(body["cases"], act, refuse)}


def _each(
    references: Iterable[str],
    act: Callable[[Session, Case], Result],
    refuse: Callable[[Refused], Result],
) -> list[Result]:
    """Each case locked in a transaction of its own: what is refused undoes none of the others."""
    results = []
    for reference in dict.fromkeys(one.upper() for one in references):
        try:
            with unit_of_work() as session:
                found = act(session, case_by_reference(session, reference, by=g.actor, lock=True))
        except Refused as refused:
            found = refuse(refused)
        results.append({"case": reference, **found})
    return results
