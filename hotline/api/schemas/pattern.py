"""Alerts of cases that gather, on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.vocabulary import Urgency
from escalation.models import Pattern
from escalation.services.notice_patterns import LONGEST_NOTE
from hotline.api.schemas.fields import Body, Shown, Words, word


class PatternSchema(Shown):
    """An alert. `cases`: how many it told of; they are listed at its company."""

    id = fields.UUID(required=True)
    company = fields.UUID(required=True)
    rule = fields.String(required=True)
    version = fields.String(required=True)
    cases = fields.Integer(required=True)
    urgency = word(Urgency, required=True)
    found_at = fields.AwareDateTime(required=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class PatternsSchema(Shown):
    """Alerts that no supervisor has answered, the gravest first; at most 100."""

    items = fields.List(fields.Nested(PatternSchema), required=True)


class PatternNoteBody(Body):
    """What comes of it."""

    note = Words(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


def show_pattern(pattern: Pattern) -> dict[str, Any]:
    """One alert."""
    return {
        "id": pattern.id,
        "company": pattern.company_id,
        "rule": pattern.rule,
        "version": pattern.version,
        "cases": len(pattern.case_ids),
        "urgency": pattern.urgency,
        "found_at": pattern.found_at,
        "acknowledged_at": pattern.acknowledged_at,
        "note": pattern.note,
    }
