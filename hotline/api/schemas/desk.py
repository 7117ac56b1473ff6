"""The wire form of follow-ups, needs and the consent ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cases.models import CaseNeed, Consent
from cases.services.needs import LONGEST_NOTE
from cases.services.tasks import LONGEST_WORDS
from cases.vocabulary import ConsentPurpose, NeedKind, NeedState
from hotline.api.schemas.fields import Body, Shown, Words, word


class FollowUpBody(Body):
    """An officer's own task."""

    words = Words(required=True, validate=validate.Length(min=1, max=LONGEST_WORDS))
    due_at = fields.AwareDateTime(load_default=None, allow_none=True)
    assignee_id = fields.UUID(load_default=None, allow_none=True)


class TaskChangeBody(Body):
    """What changes of a follow-up; at least one thing."""

    words = Words(validate=validate.Length(min=1, max=LONGEST_WORDS))
    due_at = fields.AwareDateTime(allow_none=True)
    assignee_id = fields.UUID(allow_none=True)

    @validates_schema
    def _needs_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError("Something to change is needed.")


class NeedBody(Body):
    """How a need stands."""

    state = word(NeedState, required=True)
    note = Words(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_NOTE))


class NeedSchema(Shown):
    """One need. `version` 0: nobody has said anything of it; it is the ETag."""

    kind = word(NeedKind, required=True)
    state = word(NeedState, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NeedsSchema(Shown):
    """All kinds of need, in their order."""

    items = fields.List(fields.Nested(NeedSchema), required=True)


class ConsentBody(Body):
    """One saying of hers; `message_id` or `how` is needed."""

    purpose = word(ConsentPurpose, required=True)
    given = fields.Boolean(required=True)
    agency = Words(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=100),
        metadata={"description": "Key of the agency; none: all of them"},
    )
    message_id = fields.UUID(load_default=None, allow_none=True)
    how = Words(load_default="", validate=validate.Length(max=2000))


class ConsentSchema(Shown):
    """One line of the ledger; the latest about an agency holds."""

    id = fields.UUID(required=True)
    purpose = word(ConsentPurpose, required=True)
    given = fields.Boolean(required=True)
    agency = fields.String(required=True, allow_none=True)
    message_id = fields.UUID(required=True, allow_none=True)
    how = fields.String(required=True, allow_none=True)
    recorded_at = fields.AwareDateTime(required=True)


class ConsentsSchema(Shown):
    """The ledger, in the order in which it was written."""

    items = fields.List(fields.Nested(ConsentSchema), required=True)


def show_need(kind: NeedKind, need: CaseNeed | None) -> dict[str, Any]:
    """One need, also one of which nothing was said."""
    return {
        "kind": kind,
        "state": need.state if need else None,
        "note": need.note if need else None,
        "changed_at": need.changed_at if need else None,
        "version": need.version if need else 0,
    }


def show_needs(needs: Mapping[NeedKind, CaseNeed]) -> dict[str, Any]:
    """All kinds of need."""
    return {"items": [show_need(kind, needs.get(kind)) for kind in NeedKind]}


def show_consent(line: Consent) -> dict[str, Any]:
    """One line of the ledger."""
    return {
        "id": line.id,
        "purpose": line.purpose,
        "given": line.given,
        "agency": line.agency.key if line.agency else None,
        "message_id": line.message_id,
        "how": line.how,
        "recorded_at": line.recorded_at,
    }


def show_consents(lines: Sequence[Consent]) -> dict[str, Any]:
    """The ledger."""
    return {"items": [show_consent(line) for line in lines]}
