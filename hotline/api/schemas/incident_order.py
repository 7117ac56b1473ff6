"""Orders for many cases of an incident, and updates to their workers, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.services.incident_updates import WORDINGS, Prospect
from cases.vocabulary import Channel, HoldReason, SharingBasis, UpdateOutcome, Urgency
from escalation.services.incident_orders import OrderVerb
from hotline.api.schemas.fields import Body, Shown, Words, word

MOST_AT_ONCE = 100


def _cases() -> fields.List:
    return fields.List(
        Words(validate=validate.Length(max=20)),
        required=True,
        validate=validate.Length(min=1, max=MOST_AT_ONCE),
        metadata={"description": "References; each has its own result"},
    )


class OrderBody(Body):
    """What to do to each case. `words`: the note, the reason for the urgency, or the request to the agency."""

    do = word(OrderVerb, required=True)
    cases = _cases()
    words = Words(load_default="", validate=validate.Length(max=2000))
    to = fields.UUID(load_default=None, metadata={"description": "Who gets the cases: `GET /users`"})
    urgency = word(Urgency, "Only upwards", load_default=None)
    agency = fields.UUID(load_default=None, metadata={"description": "From `GET /agencies`"})
    basis = word(SharingBasis, load_default=None)


class OrderResultSchema(Shown):
    """What became of one case. `code`: of the refusal."""

    case = fields.String(required=True)
    done = fields.Boolean(required=True)
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)


class OrderResultsSchema(Shown):
    """One result for each case, in the order that was asked."""

    items = fields.List(fields.Nested(OrderResultSchema), required=True)


class UpdateBody(Body):
    """One of our neutral wordings, or words of one's own; neither names a person, an office, a number, a link."""

    cases = _cases()
    wording = Words(load_default="", validate=validate.OneOf(["", *WORDINGS]))
    body = Words(load_default="", validate=validate.Length(max=1000))


class ProspectSchema(Shown):
    """What became, or would become, of an update in one case."""

    case = fields.String(required=True)
    outcome = word(UpdateOutcome, "null: refused, `code` says why", required=True, allow_none=True)
    channel = word(Channel, required=True, allow_none=True)
    reason = word(HoldReason, required=True, allow_none=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)


class ProspectsSchema(Shown):
    """One for each case that the asker may know of."""

    items = fields.List(fields.Nested(ProspectSchema), required=True)


def show_prospect(prospect: Prospect) -> dict[str, Any]:
    """One case of a preview."""
    return {
        "case": prospect.case.reference,
        "outcome": prospect.outcome,
        "channel": prospect.channel,
        "reason": prospect.reason,
        "until": prospect.until,
        "code": None,
    }
