"""How a case can be closed, on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marshmallow import fields, validate

from cases.models import ClosingRequest, SafetyCheck
from cases.services.lifecycle import LONGEST_REASON
from cases.vocabulary import CheckKind, CheckOutcome, CloseReason
from escalation.rules.closing import Lack, Standing
from hotline.api.schemas.fields import Body, Shown, Words, word


class GroundSchema(Shown):
    """One ground: what it rests on, and how it stands."""

    reason = word(CloseReason, required=True)
    basis = fields.String(required=True, metadata={"description": "`law`, `agreement` or `default`"})
    source = fields.String(required=True)
    possible = fields.Boolean(required=True)
    possible_from = fields.AwareDateTime(required=True, allow_none=True)
    lacks = word(Lack, "What its time has not begun without", required=True, allow_none=True)


class ClosingRequestSchema(Shown):
    """A request that waits for a second person. `request` names it when it is decided about."""

    request = fields.UUID(required=True)
    reason = word(CloseReason, required=True)
    explanation = fields.String(required=True)
    safety_note = fields.String(required=True)
    asked_by = fields.UUID(required=True)
    asked_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)


class CheckSchema(Shown):
    """One look at a closed case."""

    kind = word(CheckKind, required=True)
    days = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = word(CheckOutcome, required=True, allow_none=True)


class ClosingSchema(Shown):
    """Grounds (none for a closed case), the request that waits, and the checks after closing."""

    grounds = fields.List(fields.Nested(GroundSchema), required=True)
    waiting = fields.Nested(ClosingRequestSchema, required=True, allow_none=True)
    checks = fields.List(fields.Nested(CheckSchema), required=True)


class DecisionBody(Body):
    """What the second person says. `why` is needed to decline."""

    request = fields.UUID(required=True)
    why = Words(load_default="", validate=validate.Length(max=LONGEST_REASON))


def show_closing(
    grounds: Sequence[Standing], asked: ClosingRequest | None, checks: Sequence[SafetyCheck], *, now: datetime
) -> dict[str, Any]:
    """How a case can be closed."""
    return {
        "grounds": [
            {
                "reason": one.ground.reason,
                "basis": one.ground.basis,
                "source": one.ground.source,
                "possible": one.is_possible(now),
                "possible_from": one.possible_from,
                "lacks": one.lacks,
            }
            for one in grounds
        ],
        "waiting": _show_request(asked),
        "checks": [
            {
                "kind": check.kind,
                "days": check.days,
                "due_at": check.due_at,
                "done_at": check.done_at,
                "outcome": check.outcome,
            }
            for check in checks
        ],
    }


def _show_request(asked: ClosingRequest | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {
        "request": asked.id,
        "reason": asked.reason,
        "explanation": asked.explanation,
        "safety_note": asked.safety_note,
        "asked_by": asked.asked_by_id,
        "asked_at": asked.asked_at,
        "expires_at": asked.expires_at,
    }
