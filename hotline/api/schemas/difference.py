"""Differences on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Difference
from cases.services.reconcile import LONGEST_REASON
from cases.vocabulary import DifferenceKind
from hotline.api.schemas.fields import Body, PageQuery, Shown, Words, page_schema, word


class DifferenceQuery(PageQuery):
    """Open ones, or settled ones."""

    settled = fields.Boolean(load_default=False)


class DifferenceSchema(Shown):
    """One message on which the two sides disagreed. Settled without a reason: by the machine, at once."""

    id = fields.UUID(required=True)
    kind = word(DifferenceKind, required=True)
    message_id = fields.UUID(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    provider_sid = fields.String(required=True, allow_none=True)
    ours = fields.String(required=True, allow_none=True)
    theirs = fields.String(required=True, allow_none=True)
    found_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class SettleBody(Body):
    """What it was."""

    reason = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REASON))


DifferencePage = page_schema("DifferencePage", DifferenceSchema)


def show_difference(difference: Difference, reference: str | None) -> dict[str, Any]:
    """One difference."""
    names = ("id", "kind", "message_id", "provider_sid", "ours", "theirs", "found_at", "settled_at", "reason")
    return {name: getattr(difference, name) for name in names} | {"reference": reference}
