"""Agencies on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Agency
from cases.vocabulary import AgencyKind
from hotline.api.schemas.fields import PageQuery, Shown, Words, country, page_schema, word


class AgencyNameSchema(Shown):
    """Which agency."""

    id = fields.UUID(required=True)
    key = fields.String(required=True)
    kind = word(AgencyKind, required=True)
    name = fields.String(required=True)


class AgencySchema(AgencyNameSchema):
    """An office that can be asked to act. Its duty contacts are not shown."""

    country = fields.String(required=True, allow_none=True)
    province_code = fields.String(required=True, allow_none=True)
    regency_code = fields.String(required=True, allow_none=True)
    city = fields.String(required=True, allow_none=True)
    is_main = fields.Boolean(required=True)
    timezone = fields.String(required=True)
    accredited = fields.List(fields.String(), required=True)
    source = fields.String(required=True)


class AgencyQuery(PageQuery):
    """Filters of the list of agencies."""

    kind = word(AgencyKind)
    country = country("Where the agency is, or is accredited")
    q = Words(
        validate=validate.Length(min=1, max=100), metadata={"description": "Part of the name, key or city"}
    )


AgencyPage = page_schema("AgencyPage", AgencySchema)


def show_agency_name(agency: Agency | None) -> dict[str, Any] | None:
    """Which agency it is; none stays none."""
    if agency is None:
        return None
    return {"id": agency.id, "key": agency.key, "kind": agency.kind, "name": agency.name}
