"""`/referrals`: asking an agency to act, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import RAISE
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Agency, Case, Referral
from cases.queries.find_case import case_by_reference
from cases.queries.lists import list_referrals, named_agency
from cases.rules.access import Permission
from escalation.services.refer import accept_referral, finish_referral, refer_case, reject_referral
from hotline.api.blueprint import api_blueprint
from hotline.api.cursor import read_id, write_cursor
from hotline.api.names import key_or_id
from hotline.api.schemas.referral import (
    AcceptBody,
    DoneBody,
    NewReferralBody,
    ReferralPage,
    ReferralQuery,
    ReferralSchema,
    RejectBody,
    show_referral,
)
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("referrals", "Requests to agencies")


@blueprint.route("/referrals")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(ReferralQuery, location="query", unknown=RAISE)
@blueprint.response(200, ReferralPage)
def all_referrals(query: dict[str, Any]) -> dict[str, Any]:
    """Referrals, newest first."""
    page = list_referrals(
        db.session(),
        by=g.actor,
        limit=query["limit"],
        status=query.get("status"),
        agency=key_or_id(query.get("agency")),
        case=query.get("case"),
        after=read_id(query.get("cursor")),
    )
    return {
        "items": [show_referral(referral, reference) for referral, reference in page.rows],
        "next_cursor": write_cursor(page.rows[-1][0].id) if page.more else None,
    }


@blueprint.route("/cases/<reference>/referrals", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(NewReferralBody)
@blueprint.response(201, ReferralSchema)
def refer(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Refer a case to an agency: it is called and its clock starts. 409 when it has one already."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        referral = refer_case(
            session,
            case,
            _agency_id(session, body["agency"]),
            basis=body.get("basis"),
            request=body["request"],
            book=current_book(session),
            by=g.actor,
            now=datetime.now(UTC),
        )
        return show_referral(referral, case.reference)


@blueprint.route("/referrals/<uuid:referral_id>/accept", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(AcceptBody, required=False)
@blueprint.response(200, ReferralSchema)
def accept(_body: dict[str, Any], referral_id: UUID) -> dict[str, Any]:
    """The agency takes it on; its clock stops."""
    with unit_of_work() as session:
        return _shown(session, accept_referral(session, referral_id, by=g.actor, now=datetime.now(UTC)))


@blueprint.route("/referrals/<uuid:referral_id>/reject", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(RejectBody)
@blueprint.response(200, ReferralSchema)
def reject(body: dict[str, Any], referral_id: UUID) -> dict[str, Any]:
    """The agency gives it back, with a reason; the duty room is told at once."""
    with unit_of_work() as session:
        referral = reject_referral(
            session,
            referral_id,
            body["reason"],
            explanation=body["explanation"],
            book=current_book(session),
            by=g.actor,
            now=datetime.now(UTC),
        )
        return _shown(session, referral)


@blueprint.route("/referrals/<uuid:referral_id>/done", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(DoneBody, required=False)
@blueprint.response(200, ReferralSchema)
def done(body: dict[str, Any], referral_id: UUID) -> dict[str, Any]:
    """The agency did what it was asked."""
    with unit_of_work() as session:
        explanation = body["explanation"]
        referral = finish_referral(
            session, referral_id, explanation=explanation, by=g.actor, now=datetime.now(UTC)
        )
        return _shown(session, referral)


def _agency_id(session: Session, text: str) -> UUID:
    named = named_agency(key_or_id(text) or text)
    agency_id = session.scalar(select(Agency.id).where(named, Agency.active))
    if agency_id is None:
        raise Invalid("there is no such agency", field="agency")
    return agency_id


def _shown(session: Session, referral: Referral) -> dict[str, Any]:
    return show_referral(referral, session.get_one(Case, referral.case_id).reference)
