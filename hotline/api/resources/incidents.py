"""`/incidents`: one event with many cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import g
from marshmallow import RAISE
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.queries.incidents import incident_by_reference, incident_row, list_incidents
from cases.queries.lists import CaseFilter, list_cases
from cases.rules.access import Permission
from cases.services.incidents import add_to_incident, close_incident, open_incident, remove_from_incident
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_moment, write_cursor
from hotline.api.etag import ETAG_HEADER, etag_of
from hotline.api.schemas.case import CaseSchema, show_case
from hotline.api.schemas.incident import (
    IncidentBody,
    IncidentPage,
    IncidentQuery,
    IncidentSchema,
    JoinBody,
    show_incident,
)
from hotline.api.schemas.incident_file import IncidentFileSchema
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("incidents", "One event with many cases")
Answer = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/incidents")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(IncidentQuery, location="query", unknown=RAISE)
@blueprint.response(200, IncidentPage)
def all_incidents(query: dict[str, Any]) -> dict[str, Any]:
    """Incidents, newest first, with how many cases each has."""
    after = read_moment(query.get("cursor"))
    page = list_incidents(db.session(), by=g.actor, limit=query["limit"], after=after)
    last = page.rows[-1].incident if page.more else None
    return {
        "items": [show_incident(row) for row in page.rows],
        "next_cursor": write_cursor(last.id, last.opened_at) if last else None,
    }


@blueprint.route("/incidents", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(IncidentBody)
@blueprint.response(201, IncidentSchema)
def new_incident(body: dict[str, Any]) -> dict[str, Any]:
    """Open an incident; cases are added to it one by one."""
    with unit_of_work() as session:
        incident = open_incident(
            session,
            body["title"],
            body["kind"],
            country=body.get("country"),
            by=g.actor,
            now=datetime.now(UTC),
        )
        return show_incident(incident_row(session, incident.reference, by=g.actor))


@blueprint.route("/incidents/<reference>")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(IncidentQuery, location="query", unknown=RAISE)
@blueprint.response(200, IncidentFileSchema)
def one_incident(query: dict[str, Any], reference: str) -> dict[str, Any]:
    """One incident with its cases, newest first; `cursor` and `limit` page through these."""
    row = incident_row(db.session(), reference, by=g.actor)
    wanted = CaseFilter(incident_id=row.incident.id)
    after = read_moment(query.get("cursor"))
    page = list_cases(db.session(), wanted, by=g.actor, limit=query["limit"], after=after)
    last = page.rows[-1] if page.more else None
    return {
        **show_incident(row),
        "cases": [show_case(case) for case in page.rows],
        "next_cursor": write_cursor(last.id, last.opened_at) if last else None,
    }


@blueprint.route("/incidents/<reference>/close", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, IncidentSchema)
def end_incident(reference: str) -> dict[str, Any]:
    """Close an incident: no case joins it any more, those in it go on by themselves."""
    with unit_of_work() as session:
        found = incident_by_reference(session, reference, by=g.actor)
        close_incident(session, found, by=g.actor, now=datetime.now(UTC))
        return show_incident(incident_row(session, reference, by=g.actor))


@blueprint.route("/cases/<reference>/incident", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(JoinBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def join(body: dict[str, Any], reference: str) -> Answer:
    """Make a case one of an incident's (409 when it belongs to another one, or the incident is closed)."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        incident = incident_by_reference(session, body["incident"], by=g.actor)
        add_to_incident(session, case, incident, by=g.actor, now=datetime.now(UTC))
        return _shown(session, case)


@blueprint.route("/cases/<reference>/incident", methods=["DELETE"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def leave(reference: str) -> Answer:
    """Take a case out of its incident."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        remove_from_incident(session, case, by=g.actor, now=datetime.now(UTC))
        return _shown(session, case)


def _shown(session: Session, case: Case) -> Answer:
    session.flush()
    return show_case(case), 200, etag_of(case)
