"""`/companies`: employers, recruiters and P3MI that recur over cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import RAISE
from sqlalchemy.orm import Session

from cases.queries.companies import company_file, company_row, find_companies, list_companies
from cases.queries.find_case import case_by_reference
from cases.queries.lists import CaseFilter, list_cases
from cases.rules.access import Permission
from cases.services.companies import company_by_id, create_company, key_of_name, link_party, unlink_party
from cases.services.merge_companies import merge_companies, undo_company_merge
from cases.services.parties import party_of
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_moment, write_cursor
from hotline.api.schemas.case import show_case
from hotline.api.schemas.company import (
    CompanyBody,
    CompanyFileQuery,
    CompanyFileSchema,
    CompanyLinkBody,
    CompanyPage,
    CompanyQuery,
    CompanySchema,
    CompanySearchBody,
    FoundCompaniesSchema,
    OtherCompanyBody,
    show_company,
    show_company_file,
)
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("companies", "Employers, recruiters and P3MI that recur")


@blueprint.route("/companies")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(CompanyQuery, location="query", unknown=RAISE)
@blueprint.response(200, CompanyPage)
def all_companies(query: dict[str, Any]) -> dict[str, Any]:
    """Those to which a case was linked last come first, with how many cases each has."""
    after = read_moment(query.get("cursor"))
    page = list_companies(db.session(), by=g.actor, limit=query["limit"], role=query.get("role"), after=after)
    last = page.rows[-1].company if page.more else None
    return {
        "items": [show_company(row) for row in page.rows],
        "next_cursor": write_cursor(last.id, last.last_case_at) if last else None,
    }


@blueprint.route("/companies", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(CompanyBody)
@blueprint.response(201, CompanySchema)
def new_company(body: dict[str, Any]) -> dict[str, Any]:
    """Make a record; parties of cases are linked to it one by one."""
    with unit_of_work() as session:
        made = create_company(
            session, body["name"], body["role"], country=body["country"], by=g.actor, now=datetime.now(UTC)
        )
        return show_company(company_row(session, made.id, by=g.actor))


@blueprint.route("/companies/search", methods=["POST"])
@bearer(Permission.SEE_CASES)
@blueprint.arguments(CompanySearchBody)
@blueprint.response(200, FoundCompaniesSchema)
def search(body: dict[str, Any]) -> dict[str, Any]:
    """By name: exactly so among all, nearly so among the 2,000 linked last."""
    name = body["name"]
    rows = find_companies(db.session(), name, key=key_of_name(name), by=g.actor)
    return {"items": [show_company(row) for row in rows]}


@blueprint.route("/companies/<uuid:company_id>")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(CompanyFileQuery, location="query", unknown=RAISE)
@blueprint.response(200, CompanyFileSchema)
def one_company(query: dict[str, Any], company_id: UUID) -> dict[str, Any]:
    """One of them with its cases, newest first; `cursor` and `limit` page through these."""
    session = db.session()
    row = company_row(session, company_id, by=g.actor)
    after = read_moment(query.get("cursor"))
    wanted = CaseFilter(company_id=company_id)
    page = list_cases(session, wanted, by=g.actor, limit=query["limit"], after=after)
    last = page.rows[-1] if page.more else None
    return {
        **show_company_file(row, company_file(session, row.company)),
        "cases": [show_case(case) for case in page.rows],
        "next_cursor": write_cursor(last.id, last.opened_at) if last else None,
    }


@blueprint.route("/companies/<uuid:company_id>/merge", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(OtherCompanyBody)
@blueprint.response(200, CompanySchema)
def merge(body: dict[str, Any], company_id: UUID) -> dict[str, Any]:
    """Two records are one company: this one stays. Can be undone for 30 days."""
    with unit_of_work() as session:
        merge_companies(session, company_id, body["with_company"], by=g.actor, now=datetime.now(UTC))
        return show_company(company_row(session, company_id, by=g.actor))


@blueprint.route("/companies/<uuid:company_id>/merges/<uuid:merge_id>/undo", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.response(200, CompanySchema)
def undo(company_id: UUID, merge_id: UUID) -> dict[str, Any]:
    """They are two after all: what was moved goes back, what came since stays."""
    with unit_of_work() as session:
        undo_company_merge(session, company_id, merge_id, by=g.actor, now=datetime.now(UTC))
        return show_company(company_row(session, company_id, by=g.actor))


@blueprint.route("/cases/<reference>/parties/<uuid:party_id>/company", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(CompanyLinkBody)
@blueprint.response(204)
def link(body: dict[str, Any], reference: str, party_id: UUID) -> None:
    """Say for which company a party stands. Saying it again changes nothing."""
    with unit_of_work() as session:
        _link(session, reference, party_id, body["company"])


@blueprint.route("/cases/<reference>/parties/<uuid:party_id>/company", methods=["DELETE"])
@bearer(Permission.WORK_CASES)
@blueprint.response(204)
def unlink(reference: str, party_id: UUID) -> None:
    """Take the link away."""
    with unit_of_work() as session:
        _link(session, reference, party_id, None)


def _link(session: Session, reference: str, party_id: UUID, company_id: UUID | None) -> None:
    now = datetime.now(UTC)
    case = case_by_reference(session, reference, by=g.actor, lock=True)
    party = party_of(session, case, party_id)
    if company_id is None:
        unlink_party(session, case, party, by=g.actor, now=now)
    else:
        company = company_by_id(session, company_id, by=g.actor)
        link_party(session, case, party, company, by=g.actor, now=now)
