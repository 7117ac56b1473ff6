"""Employers, recruiters and P3MI on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.queries.companies import CompanyFile, CompanyRow
from cases.services.companies import LONGEST_NAME
from cases.vocabulary import PartyRole, Urgency
from hotline.api.schemas.case import CaseSchema
from hotline.api.schemas.fields import Body, PageQuery, Shown, Words, country, page_schema, word

ROLES = (PartyRole.EMPLOYER, PartyRole.RECRUITER, PartyRole.P3MI)


def _role(**options: Any) -> fields.Enum:
    return word(PartyRole, "employer, recruiter or p3mi", validate=validate.OneOf(ROLES), **options)


class CompanySchema(Shown):
    """An employer, recruiter or P3MI, and what the asker may know of its cases."""

    id = fields.UUID(required=True)
    role = word(PartyRole, required=True)
    name = fields.String(required=True)
    country = fields.String(required=True, allow_none=True)
    open_cases = fields.Integer(required=True)
    all_cases = fields.Integer(required=True)
    urgency = word(
        Urgency, "The highest of an open case; null when none is open", required=True, allow_none=True
    )


class CompanyMergeSchema(Shown):
    """A merge into this record that stands."""

    id = fields.UUID(required=True)
    merged = fields.UUID(required=True)
    name = fields.String(required=True)
    merged_at = fields.AwareDateTime(required=True)


class CompanyFileSchema(CompanySchema):
    """One company with its names, its numbers with only their ends, and a page of its cases, newest first."""

    names = fields.List(fields.String(), required=True)
    numbers = fields.List(fields.String(), required=True)
    merges = fields.List(fields.Nested(CompanyMergeSchema), required=True)
    merged_into = fields.UUID(required=True, allow_none=True)
    cases = fields.List(fields.Nested(CaseSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class FoundCompaniesSchema(Shown):
    """At most 20 companies, those called exactly so first."""

    items = fields.List(fields.Nested(CompanySchema), required=True)


CompanyPage = page_schema("CompanyPage", CompanySchema)


class CompanyQuery(PageQuery):
    """Which page of the list, of which kind."""

    role = _role()


class CompanyFileQuery(PageQuery):
    """Which page of its cases."""


class CompanySearchBody(Body):
    """A name, or one like it. In a body, since a household's name must stand in no address."""

    name = Words(required=True, validate=validate.Length(min=1, max=LONGEST_NAME))


class CompanyBody(Body):
    """What it is and how it is called."""

    role = _role(required=True)
    name = Words(required=True, validate=validate.Length(min=1, max=LONGEST_NAME))
    country = country("Where it is", load_default=None, allow_none=True)


class CompanyLinkBody(Body):
    """For whom the party stands."""

    company = fields.UUID(required=True)


class OtherCompanyBody(Body):
    """The record that goes into this one."""

    with_company = fields.UUID(required=True, data_key="with")


def show_company(row: CompanyRow) -> dict[str, Any]:
    """A company with its counts."""
    company = row.company
    return {
        "id": company.id,
        "role": company.role,
        "name": company.name,
        "country": company.country,
        "open_cases": row.open_cases,
        "all_cases": row.all_cases,
        "urgency": row.urgency,
    }


def show_company_file(row: CompanyRow, file: CompanyFile) -> dict[str, Any]:
    """A company with what belongs to it, but for its cases."""
    return {
        **show_company(row),
        "names": list(file.names),
        "numbers": list(file.numbers),
        "merges": [
            {"id": merge.id, "merged": merge.merged_id, "name": name, "merged_at": merge.merged_at}
            for merge, name in file.merges
        ],
        "merged_into": file.merged_into,
    }
