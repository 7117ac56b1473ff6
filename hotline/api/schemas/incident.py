"""Incidents on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Incident
from cases.queries.incidents import IncidentRow
from cases.services.incidents import LONGEST_TITLE
from cases.vocabulary import IncidentKind, Urgency
from hotline.api.schemas.fields import Body, PageQuery, Shown, Words, country, page_schema, word
from hotline.api.schemas.user import UserSchema, show_user


class IncidentNameSchema(Shown):
    """What a case shows of the incident it belongs to."""

    reference = fields.String(required=True)
    title = fields.String(required=True)


class IncidentSchema(IncidentNameSchema):
    """One event with many cases, and what the asker may know of these."""

    kind = word(IncidentKind, required=True)
    country = fields.String(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    opened_by = fields.Nested(UserSchema, required=True)
    open_cases = fields.Integer(required=True)
    all_cases = fields.Integer(required=True)
    urgency = word(
        Urgency, "The highest of an open case; null when none is open", required=True, allow_none=True
    )


IncidentPage = page_schema("IncidentPage", IncidentSchema)


class IncidentQuery(PageQuery):
    """Which page of the list."""


class IncidentBody(Body):
    """What the event is."""

    title = Words(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_TITLE),
        metadata={"description": "Names the event, never a person"},
    )
    kind = word(IncidentKind, required=True)
    country = country("Where it is", allow_none=True)


class JoinBody(Body):
    """To which incident the case belongs."""

    incident = Words(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "A reference from `GET /incidents`"},
    )


def show_incident_name(incident: Incident | None) -> dict[str, Any] | None:
    """Which incident it is; none stays none."""
    return None if incident is None else {"reference": incident.reference, "title": incident.title}


def show_incident(row: IncidentRow) -> dict[str, Any]:
    """An incident with its counts."""
    incident = row.incident
    return {
        "reference": incident.reference,
        "title": incident.title,
        "kind": incident.kind,
        "country": incident.country,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "opened_by": show_user(incident.opened_by),
        "open_cases": row.open_cases,
        "all_cases": row.all_cases,
        "urgency": row.urgency,
    }
