"""The wire form of merged cases and of hints at the same matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from cases.models import Case, CaseMerge
from cases.queries.duplicates import Duplicate
from cases.vocabulary import CaseStatus, HintKind, Step, Urgency
from escalation.services.merge_cases import Preview
from hotline.api.schemas.fields import Shown, word


class CaseMergeSchema(Shown):
    """A merge into this case that stands."""

    id = fields.UUID(required=True)
    merged = fields.String(required=True, metadata={"description": "Reference of the case that went in"})
    merged_at = fields.AwareDateTime(required=True)


class MergingSchema(Shown):
    """What a case is part of, and what went into it."""

    merged_into = fields.String(
        required=True, allow_none=True, metadata={"description": "The case in which the matter goes on"}
    )
    merges = fields.List(fields.Nested(CaseMergeSchema), required=True)


class ClockFateSchema(Shown):
    """What would become of one owed clock."""

    step = word(Step, required=True)
    due_at = fields.AwareDateTime(required=True)
    of_merged = fields.Boolean(required=True)
    agency = fields.String(required=True, allow_none=True)
    goes_on = fields.Boolean(required=True)


class MergePreviewSchema(Shown):
    """What a merge would do."""

    moved = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    clocks = fields.List(fields.Nested(ClockFateSchema), required=True)
    ended_referrals = fields.List(fields.String(), required=True)
    sees_more = fields.List(fields.String(), required=True)
    urgency = word(Urgency, required=True)
    follows = fields.Boolean(required=True, metadata={"description": "The reporters differ"})


class HintSchema(Shown):
    """One reason why it may be the same matter."""

    kind = word(HintKind, required=True)
    detail = fields.String(required=True, allow_none=True)
    share = fields.Float(required=True, allow_none=True)


class DuplicateSchema(Shown):
    """Another open case that may be the same matter."""

    reference = fields.String(required=True)
    status = word(CaseStatus, required=True)
    urgency = word(Urgency, required=True)
    hints = fields.List(fields.Nested(HintSchema), required=True)


class DuplicatesSchema(Shown):
    """At most five, the likeliest first; none once the case is no longer new."""

    items = fields.List(fields.Nested(DuplicateSchema), required=True)


def show_merging(case: Case, survivor: Case, merges: Sequence[CaseMerge]) -> dict[str, Any]:
    """What a case is part of, and what went into it."""
    return {
        "merged_into": survivor.reference if survivor.id != case.id else None,
        "merges": [
            {"id": merge.id, "merged": merge.merged.reference, "merged_at": merge.merged_at}
            for merge in merges
        ],
    }


def show_preview(preview: Preview) -> dict[str, Any]:
    """A preview as it is sent."""
    return {
        "moved": preview.moved,
        "clocks": [
            {name: getattr(fate, name) for name in ("step", "due_at", "of_merged", "agency", "goes_on")}
            for fate in preview.clocks
        ],
        "ended_referrals": list(preview.ended_referrals),
        "sees_more": list(preview.sees_more),
        "urgency": preview.urgency,
        "follows": preview.follows,
    }


def show_duplicate(one: Duplicate) -> dict[str, Any]:
    """A hint as it is sent."""
    return {
        "reference": one.case.reference,
        "status": one.case.status,
        "urgency": one.case.urgency,
        "hints": [{"kind": hint.kind, "detail": hint.detail, "share": hint.share} for hint in one.hints],
    }
