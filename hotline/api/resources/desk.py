"""What officers keep about a case: follow-ups, needs, consent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g, request
from sqlalchemy import select

from cases.errors import NotFound, StaleVersion
from cases.models import Agency
from cases.queries.find_case import case_by_reference
from cases.queries.needs import needs_by_kind
from cases.rules.access import Permission
from cases.services.consents import consents_of, record_consent
from cases.services.needs import need_of, set_need
from cases.services.path_steps import path_step_of, path_steps, set_path_step
from cases.services.tasks import ask_follow_up, change_task, task_of
from cases.vocabulary import NeedKind
from escalation.services.load_paths import path_keys
from hotline.api.blueprint import api_blueprint
from hotline.api.etag import ETAG_HEADER, IF_MATCH, check_version, etag_of, insist_on_if_match
from hotline.api.schemas.desk import (
    ConsentBody,
    ConsentSchema,
    ConsentsSchema,
    FollowUpBody,
    NeedBody,
    NeedSchema,
    NeedsSchema,
    PathSchema,
    PathStepBody,
    PathStepSchema,
    TaskChangeBody,
    show_consent,
    show_consents,
    show_need,
    show_needs,
    show_path,
    show_path_step,
)
from hotline.api.schemas.task import TaskSchema, show_task
from hotline.extensions import db
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("desk", "What officers keep about a case")
Answer = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/cases/<reference>/tasks", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(FollowUpBody)
@blueprint.response(201, TaskSchema, headers=ETAG_HEADER)
def add_follow_up(body: dict[str, Any], reference: str) -> Answer:
    """Ask somebody, or whoever handles the case, to do something by a date."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        task = ask_follow_up(session, case, **body, by=g.actor, now=datetime.now(UTC))
        return show_task(task), 201, etag_of(task)


@blueprint.route("/cases/<reference>/tasks/<uuid:task_id>", methods=["PATCH"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(TaskChangeBody)
@blueprint.response(200, TaskSchema, headers=ETAG_HEADER)
def change_follow_up(body: dict[str, Any], reference: str, task_id: UUID) -> Answer:
    """Change an open follow-up. Only from the version that was read; 409 for the machine's tasks and finished ones."""
    insist_on_if_match()
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        task = task_of(session, case, task_id)
        check_version(task)
        change_task(session, case, task, body, by=g.actor, now=datetime.now(UTC))
        return show_task(task), 200, etag_of(task)


@blueprint.route("/cases/<reference>/needs")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, NeedsSchema)
def needs(reference: str) -> dict[str, Any]:
    """Shelter, medical, legal, papers, return: how each stands."""
    session = db.session()
    return show_needs(needs_by_kind(session, case_by_reference(session, reference, by=g.actor)))


@blueprint.route("/cases/<reference>/needs/<kind>", methods=["PUT"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(NeedBody)
@blueprint.response(200, NeedSchema, headers=ETAG_HEADER)
def put_need(body: dict[str, Any], reference: str, kind: str) -> Answer:
    """Say how a need stands. Only from the `version` that was read: `"0"` where nobody has said anything yet."""
    insist_on_if_match()
    try:
        named = NeedKind(kind)
    except ValueError as error:
        raise NotFound("there is no such kind of need") from error
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        known = need_of(session, case, named)
        version = known.version if known else 0
        if not request.if_match.contains(str(version)):
            raise StaleVersion("it was changed in the meantime", version=version)
        need = set_need(session, case, named, **body, version=version, by=g.actor, now=datetime.now(UTC))
        return show_need(named, need), 200, etag_of(need)


@blueprint.route("/cases/<reference>/path")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, PathSchema)
def path(reference: str) -> dict[str, Any]:
    """The lists that the case is worked along, one a family, violence first; and what was said of each line."""
    session = db.session()
    case = case_by_reference(session, reference, by=g.actor)
    return show_path(case, path_steps(session, case))


@blueprint.route("/cases/<reference>/path/<step>", methods=["PUT"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(PathStepBody)
@blueprint.response(200, PathStepSchema, headers=ETAG_HEADER)
def put_path_step(body: dict[str, Any], reference: str, step: str) -> Answer:
    """Say how a line stands. Only from the `version` that was read: `"0"` where nobody has said anything yet."""
    insist_on_if_match()
    if step not in path_keys():
        raise NotFound("there is no such line")
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        known = path_step_of(session, case, step)
        version = known.version if known else 0
        if not request.if_match.contains(str(version)):
            raise StaleVersion("it was changed in the meantime", version=version)
        line = set_path_step(session, case, step, **body, version=version, by=g.actor, now=datetime.now(UTC))
        return show_path_step(step, line), 200, etag_of(line)


@blueprint.route("/cases/<reference>/consents")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, ConsentsSchema)
def consents(reference: str) -> dict[str, Any]:
    """The whole ledger: given and taken back, for what, to whom, when and how."""
    session = db.session()
    return show_consents(consents_of(session, case_by_reference(session, reference, by=g.actor)))


@blueprint.route("/cases/<reference>/consents", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(ConsentBody)
@blueprint.response(201, ConsentSchema)
def add_consent(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Write one saying of hers down. A line is never changed; the latest about an agency holds."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        key = body.pop("agency")
        agency_id = session.scalar(select(Agency.id).where(Agency.key == key)) if key else None
        if key and agency_id is None:
            raise NotFound("there is no such agency")
        purpose = body.pop("purpose")
        line = record_consent(
            session, case, purpose, **body, agency_id=agency_id, by=g.actor, now=datetime.now(UTC)
        )
        return show_consent(line)
