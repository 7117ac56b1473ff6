"""An officer's verbs on a case: assignment, contact, closing, reopening."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, WrongState
from cases.models import Case, ClosingRequest
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from escalation.services import work_case
from escalation.services.close_case import checks_of, confirm_closing, decline_closing, grounds_of
from escalation.services.move_case import move_case
from hotline.api.blueprint import api_blueprint
from hotline.api.etag import ETAG_HEADER, etag_of
from hotline.api.schemas.case import CaseSchema, show_case
from hotline.api.schemas.closing import ClosingSchema, DecisionBody, show_closing
from hotline.api.schemas.handling import AssignmentBody, CloseBody, ContactBody, ReopenBody, StatusBody
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("handling", "What officers do with a case")
Answer = tuple[dict[str, Any], int, dict[str, str]]
ME = "me"


@blueprint.route("/cases/<reference>/assignment", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(AssignmentBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def assign(body: dict[str, Any], reference: str) -> Answer:
    """Give a case to somebody, or take one that nobody has (`me`; 409 when somebody was first)."""
    to = None if body["user_id"] == ME else _user_id(body["user_id"])
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        now = datetime.now(UTC)
        if to is None:
            work_case.claim(session, case, by=g.actor, now=now)
        else:
            work_case.assign(session, case, to=to, by=g.actor, now=now)
        return _shown(session, case)


@blueprint.route("/cases/<reference>/contact", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(ContactBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def contact(body: dict[str, Any], reference: str) -> Answer:
    """Record that the person was safely reached by other means, or why not."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        work_case.record_contact(session, case, body["outcome"], by=g.actor, now=datetime.now(UTC))
        return _shown(session, case)


@blueprint.route("/cases/<reference>/status", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(StatusBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def status(body: dict[str, Any], reference: str) -> Answer:
    """Move a case by the table of states: triaged, open, waiting, resolved. 409 names the moves that there are."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        wanted = body.pop("status")
        move_case(
            session, case, wanted, **body, book=current_book(session), by=g.actor, now=datetime.now(UTC)
        )
        return _shown(session, case)


@blueprint.route("/cases/<reference>/close", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(CloseBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def close(body: dict[str, Any], reference: str) -> Answer:
    """End a case on a ground; its clocks end with it. 409 with `possible_from` while the ground's time runs. A case of
    violence stays open (`status` is unchanged) until a second person confirms: `GET …/closing` shows the request."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        work_case.close(
            session,
            case,
            body["reason"],
            explanation=body["explanation"],
            safety_note=body["safety_note"],
            by=g.actor,
            now=datetime.now(UTC),
        )
        return _shown(session, case)


@blueprint.route("/cases/<reference>/closing")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, ClosingSchema)
def closing(reference: str) -> dict[str, Any]:
    """On what grounds the case can be closed now, from when on others hold, and the request that waits."""
    session, now = db.session(), datetime.now(UTC)
    case = case_by_reference(session, reference, by=g.actor)
    grounds = grounds_of(session, case, now=now) if case.is_open else []
    return show_closing(grounds, _waiting(session, case), checks_of(session, case), now=now)


@blueprint.route("/cases/<reference>/closing/<any(confirm,decline):verb>", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(DecisionBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def decide_closing(body: dict[str, Any], reference: str, verb: str) -> Answer:
    """The second person confirms the request that waits, or declines it. 403 for whoever asked, unless it is to take
    it back; 412 when `request` is another one than the one that waits now."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        request_id, now = body["request"], datetime.now(UTC)
        if verb == "confirm":
            confirm_closing(session, case, request_id=request_id, by=g.actor, now=now)
        else:
            decline_closing(session, case, why=body["why"], request_id=request_id, by=g.actor, now=now)
        return _shown(session, case)


@blueprint.route("/cases/<reference>/reopen", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(ReopenBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def reopen(body: dict[str, Any], reference: str) -> Answer:
    """Take up a closed case again, with fresh clocks for what is owed."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        if case.is_open:
            raise WrongState("only a closed case can be reopened", status=case.status)
        work_case.reopen(
            session,
            case,
            explanation=body["explanation"],
            book=current_book(session),
            by=g.actor,
            now=datetime.now(UTC),
        )
        return _shown(session, case)


def _waiting(session: Session, case: Case) -> ClosingRequest | None:
    return session.scalar(
        select(ClosingRequest).where(ClosingRequest.case_id == case.id, ClosingRequest.outcome.is_(None))
    )


def _user_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("an id of a member of staff is needed, or `me`", field="user_id") from error


def _shown(session: Session, case: Case) -> Answer:
    # What was just assigned: the relation is read again.
    session.flush()
    session.expire(case, ["owner"])
    return show_case(case), 200, etag_of(case)
