"""Two cases that are one matter: hints, preview, merging, taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.duplicates import duplicates_of
from cases.queries.find_case import case_by_reference
from cases.queries.merges import cases_merged_into, survivor_of
from cases.rules.access import Permission
from cases.services.duplicates import say_not_the_same
from cases.services.merge_cases import lock_both, merge_by_id
from cases.services.parties import parties_of
from escalation.services.merge_cases import merge_cases, preview_merge, undo_case_merge
from hotline.api.blueprint import api_blueprint
from hotline.api.etag import ETAG_HEADER, IF_MATCH, check_version, etag_of, insist_on_if_match
from hotline.api.schemas.merge import (
    DuplicatesSchema,
    MergePreviewSchema,
    MergingSchema,
    show_duplicate,
    show_merging,
    show_preview,
)
from hotline.api.schemas.person import OtherCaseBody
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("merges", "Two cases that are one matter")
Answer = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/cases/<reference>/duplicates")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, DuplicatesSchema)
def duplicates(reference: str) -> dict[str, Any]:
    """Open cases that may be the same matter, and why; for a new case only."""
    session = db.session()
    case = case_by_reference(session, reference, by=g.actor)
    found = duplicates_of(session, case, parties_of(session, case), by=g.actor, now=datetime.now(UTC))
    return {"items": [show_duplicate(one) for one in found]}


@blueprint.route("/cases/<reference>/not-same", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(OtherCaseBody)
@blueprint.response(204)
def not_same(body: dict[str, Any], reference: str) -> None:
    """They are two matters: neither hints at the other again."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        other = case_by_reference(session, body["with_case"], by=g.actor)
        say_not_the_same(session, case, other, by=g.actor, now=datetime.now(UTC))


@blueprint.route("/cases/<reference>/merge/preview", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(OtherCaseBody)
@blueprint.response(200, MergePreviewSchema)
def preview(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """What `merge` would do; nothing is changed."""
    with unit_of_work() as session:
        case, other = _both(session, reference, body["with_case"])
        now = datetime.now(UTC)
        return show_preview(
            preview_merge(session, case, other, book=current_book(session), by=g.actor, now=now)
        )


@blueprint.route("/cases/<reference>/merge", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(OtherCaseBody)
@blueprint.response(200, MergingSchema, headers=ETAG_HEADER)
def merge(body: dict[str, Any], reference: str) -> Answer:
    """Put another open case into this one: what hangs on it moves, its clocks end, later messages follow. It can be
    undone for 30 days. 409 when one of them is closed."""
    insist_on_if_match()
    with unit_of_work() as session:
        case, other = _both(session, reference, body["with_case"])
        check_version(case)
        merge_cases(session, case, other, book=current_book(session), by=g.actor, now=datetime.now(UTC))
        return _shown(session, case)


@blueprint.route("/cases/<reference>/merges/<uuid:merge_id>/undo", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.response(200, MergingSchema, headers=ETAG_HEADER)
def undo(reference: str, merge_id: UUID) -> Answer:
    """Give back exactly what the merge moved; what came since stays. 409 after 30 days, a second time, or when this
    case was merged on."""
    insist_on_if_match()
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor)
        found = merge_by_id(session, case, merge_id)
        lock_both(session, case, found.merged)
        session.refresh(found)
        check_version(case)
        book, now = current_book(session), datetime.now(UTC)
        undo_case_merge(session, case, found.merged, found, book=book, by=g.actor, now=now)
        return _shown(session, case)


def _both(session: Session, reference: str, other: str) -> tuple[Case, Case]:
    case = case_by_reference(session, reference, by=g.actor)
    merged = case_by_reference(session, other, by=g.actor)
    lock_both(session, case, merged)
    return case, merged


def _shown(session: Session, case: Case) -> Answer:
    session.flush()
    shown = show_merging(case, survivor_of(session, case), cases_merged_into(session, case))
    return shown, 200, etag_of(case)
