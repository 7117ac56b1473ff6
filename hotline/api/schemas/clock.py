"""Promises on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.vocabulary import ClockState, Step, Urgency
from escalation.queries.lists import ClockRow
from hotline.api.schemas.agency import AgencyNameSchema, show_agency_name
from hotline.api.schemas.fields import PageQuery, Shown, Words, page_schema, word


class ClockSchema(Shown):
    """One promise of one case."""

    id = fields.UUID(required=True)
    case = fields.String(required=True, metadata={"description": "The case's reference"})
    referral_id = fields.UUID(required=True, allow_none=True)
    agency = fields.Nested(AgencyNameSchema, required=True, allow_none=True)
    step = word(Step, required=True)
    urgency = word(Urgency, required=True)
    state = word(ClockState, required=True)
    started_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    breached_at = fields.AwareDateTime(required=True, allow_none=True)
    met_at = fields.AwareDateTime(required=True, allow_none=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    rung = fields.Integer(required=True, metadata={"description": "How far up the ladder it has climbed"})
    policy_version = fields.String(required=True)


class ClockQuery(PageQuery):
    """Filters of the list of promises."""

    state = word(ClockState)
    step = word(Step)
    agency = Words(
        validate=validate.Length(min=1, max=200), metadata={"description": "Key or id of the agency"}
    )


ClockPage = page_schema("ClockPage", ClockSchema)


def show_clock(row: ClockRow) -> dict[str, Any]:
    """One promise as it stands."""
    clock, reference, agency = row
    return {
        "id": clock.id,
        "case": reference,
        "referral_id": clock.referral_id,
        "agency": show_agency_name(agency),
        "step": clock.step,
        "urgency": clock.urgency,
        "state": clock.state,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "met_at": clock.met_at,
        "acknowledged_at": clock.acknowledged_at,
        "rung": clock.rung,
        "policy_version": clock.policy_version,
    }
