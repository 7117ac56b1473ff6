"""The wire form of follow-ups, needs and the consent ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from cases.models import Case, CaseNeed, Consent, PathStep
from cases.services.needs import LONGEST_NOTE
from cases.services.tasks import LONGEST_WORDS
from cases.vocabulary import ConsentPurpose, Family, NeedKind, NeedState, PathStepState
from escalation.rules.paths import families_of, path_of, windows
from escalation.services.load_paths import load_paths
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


class PathStepBody(Body):
    """How a line of the path stands."""

    state = word(PathStepState, required=True)
    note = Words(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_NOTE))


class PathStepSchema(Shown):
    """What was said of one line. `version` 0: nothing yet; it is the ETag."""

    step = fields.String(required=True)
    state = word(PathStepState, required=True)
    note = fields.String(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
    changed_by = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PathLineSchema(PathStepSchema):
    """One line. `windows`: when what it is about is too late, counted from when the case was opened."""

    words = fields.String(required=True, metadata={"description": "In Indonesian"})
    needs_consent = fields.Boolean(required=True)
    windows = fields.List(fields.AwareDateTime(), required=True)


class PathPartSchema(Shown):
    """The list of one family."""

    family = word(Family, required=True)
    items = fields.List(fields.Nested(PathLineSchema), required=True)


class PathSchema(Shown):
    """The lists of a case."""

    version = fields.String(required=True)
    parts = fields.List(fields.Nested(PathPartSchema), required=True)


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


def show_path_step(step: str, line: PathStep | None) -> dict[str, Any]:
    """What was said of one line, also where it was nothing."""
    return {
        "step": step,
        "state": line.state if line else PathStepState.OPEN,
        "note": line.note if line else None,
        "changed_at": line.changed_at if line else None,
        "changed_by": line.changed_by_id if line else None,
        "version": line.version if line else 0,
    }


def show_path(case: Case, said: Mapping[str, PathStep]) -> dict[str, Any]:
    """The lists of a case."""
    paths = load_paths()
    return {
        "version": paths.version,
        "parts": [
            {
                "family": family,
                "items": [
                    show_path_step(line.key, said.get(line.key))
                    | {
                        "words": line.words["id"],
                        "needs_consent": line.consent,
                        "windows": windows(line, case.opened_at),
                    }
                    for line in path_of(paths, family, case.categories)
                ],
            }
            for family in families_of(case.leading_category, case.categories)
        ],
    }
