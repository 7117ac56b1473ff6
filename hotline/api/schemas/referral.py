"""Referrals on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from cases.models import Referral
from cases.vocabulary import ReferralStatus, RejectReason, SharingBasis
from hotline.api.schemas.agency import AgencyNameSchema, show_agency_name
from hotline.api.schemas.fields import Body, PageQuery, Shown, Words, page_schema, word

LONGEST_TEXT = 2000


class ReferralSchema(Shown):
    """A request to one agency to act on one case."""

    id = fields.UUID(required=True)
    case = fields.String(required=True, metadata={"description": "The case's reference"})
    agency = fields.Nested(AgencyNameSchema, required=True)
    status = word(ReferralStatus, required=True)
    is_lead = fields.Boolean(required=True)
    needs_consent = fields.Boolean(required=True)
    basis = word(SharingBasis, required=True, allow_none=True)
    rule = fields.String(
        required=True, metadata={"description": "Which rule, or who, put the agency forward"}
    )
    request = fields.String(required=True, allow_none=True)
    proposed_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    reject_reason = word(RejectReason, required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)


class ReferralQuery(PageQuery):
    """Filters of the list of referrals."""

    status = word(ReferralStatus)
    agency = Words(
        validate=validate.Length(min=1, max=200), metadata={"description": "Key or id of the agency"}
    )
    case = Words(validate=validate.Length(min=1, max=40), metadata={"description": "A case's reference"})


class NewReferralBody(Body):
    """Whom to ask, on what ground, and for what."""

    agency = Words(
        required=True,
        validate=validate.Length(min=1, max=200),
        metadata={"description": "Key or id of the agency"},
    )
    basis = word(SharingBasis, "Needed where an agency sees cases only on a named basis", allow_none=True)
    request = Words(load_default="", validate=validate.Length(max=LONGEST_TEXT))


class AcceptBody(Body):
    """Accepting says nothing more."""


class RejectBody(Body):
    """Why the agency gives it back."""

    reason = word(RejectReason, required=True)
    explanation = Words(load_default="", validate=validate.Length(max=LONGEST_TEXT))


class DoneBody(Body):
    """What the agency did."""

    explanation = Words(load_default="", validate=validate.Length(max=LONGEST_TEXT))


ReferralPage = page_schema("ReferralPage", ReferralSchema)


def show_referral(referral: Referral, reference: str) -> dict[str, Any]:
    """One referral as it stands."""
    return {
        "id": referral.id,
        "case": reference,
        "agency": show_agency_name(referral.agency),
        "status": referral.status,
        "is_lead": referral.is_lead,
        "needs_consent": referral.needs_consent,
        "basis": referral.basis,
        "rule": referral.rule,
        "request": referral.request,
        "proposed_at": referral.proposed_at,
        "sent_at": referral.sent_at,
        "answered_at": referral.answered_at,
        "done_at": referral.done_at,
        "reject_reason": referral.reject_reason,
        "answer": referral.answer,
    }
