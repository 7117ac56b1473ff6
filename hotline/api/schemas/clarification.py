"""The steps with a P3MI on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Clarification
from cases.services.clarifications import LONGEST_LINE, LONGEST_TEXT, MOST_PROMISES
from cases.vocabulary import ClarificationKind, PromiseResult
from hotline.api.schemas.fields import Body, Shown, Words, word


def _line() -> Words:
    return Words(load_default="", validate=validate.Length(max=LONGEST_LINE))


def _text() -> Words:
    return Words(load_default="", validate=validate.Length(max=LONGEST_TEXT))


class ClarificationBody(Body):
    """One step as it was held. `admits`: the breach; null where nobody came."""

    party = fields.UUID(required=True, metadata={"description": "A party with the role p3mi"})
    kind = word(ClarificationKind, required=True)
    held_at = fields.AwareDateTime(required=True)
    speaker = _line()
    office = _line()
    address = _line()
    phone = _line()
    admits = fields.Boolean(load_default=None, allow_none=True)
    explanation = _text()
    follow_up = _text()
    hindrance = _text()
    promises = fields.List(
        Words(validate=validate.Length(max=LONGEST_TEXT)),
        load_default=list,
        validate=validate.Length(max=MOST_PROMISES),
    )
    names_worker = fields.Boolean(
        load_default=False, metadata={"description": "She lets the P3MI know her name"}
    )


class ClarificationSchema(Shown):
    """One step. `promise_due_at`: until when the promise of a second clarification is to be kept."""

    id = fields.UUID(required=True)
    party = fields.UUID(required=True)
    kind = word(ClarificationKind, required=True)
    held_at = fields.AwareDateTime(required=True)
    admits = fields.Boolean(required=True, allow_none=True)
    promises = fields.List(fields.String(), required=True)
    promise_due_at = fields.AwareDateTime(required=True, allow_none=True)
    result = word(PromiseResult, required=True, allow_none=True)
    version = fields.Integer(required=True)


class ClarificationsSchema(Shown):
    """All steps of a case in the order in which they were held."""

    items = fields.List(fields.Nested(ClarificationSchema), required=True)


class PromiseBody(Body):
    """What became of the promise."""

    result = word(PromiseResult, required=True)


def show_clarification(row: Clarification) -> dict[str, Any]:
    """One step."""
    return {
        "id": row.id,
        "party": row.party_id,
        "kind": row.kind,
        "held_at": row.held_at,
        "admits": row.admits,
        "promises": row.promised,
        "promise_due_at": row.promise_due_at,
        "result": row.result,
        "version": row.version,
    }
