"""An incident with its cases: apart from `incident`, which the schema of a case needs."""

from __future__ import annotations

from marshmallow import fields

from hotline.api.schemas.case import CaseSchema
from hotline.api.schemas.incident import IncidentSchema


class IncidentFileSchema(IncidentSchema):
    """An incident with a page of its cases, newest first."""

    cases = fields.List(fields.Nested(CaseSchema), required=True)
    next_cursor = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "For the next page of cases; null on the last one"},
    )
