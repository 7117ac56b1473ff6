"""`/cases`: the list, one case, and changing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import g, request
from marshmallow import RAISE

from cases.database import keyring
from cases.queries.find_case import case_by_reference
from cases.queries.lists import CaseFilter, case_file, list_cases
from cases.queries.merges import cases_merged_into, survivor_of
from cases.queries.sending import sendings_of_case
from cases.rules.access import Permission
from cases.services.contact import set_contact_plan
from cases.services.reading import record_reading
from escalation.queries.lists import clocks_of_case
from escalation.services import work_case
from escalation.services.load_countries import zone_of
from escalation.services.register_report import Report, register_report
from escalation.services.take_message import Outcome
from hotline.api.blueprint import URL_PREFIX, api_blueprint
from hotline.api.cursor import read_moment, write_cursor
from hotline.api.etag import ETAG_HEADER, IF_MATCH, check_version, etag_of, insist_on_if_match
from hotline.api.schemas.case import CaseFileSchema, CasePage, CaseSchema, show_case, show_case_file
from hotline.api.schemas.handling import IDEMPOTENCY_KEY, CaseQuery, ChangeBody, ReportBody
from hotline.api.schemas.merge import show_merging
from hotline.extensions import db
from hotline.reference import current_book
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("cases", "The matters themselves")


@blueprint.route("/cases")
@bearer(Permission.SEE_CASES)
@blueprint.arguments(CaseQuery, location="query", unknown=RAISE)
@blueprint.response(200, CasePage)
def all_cases(query: dict[str, Any]) -> dict[str, Any]:
    """Cases, newest first."""
    after = read_moment(query.get("cursor"))
    wanted = CaseFilter(
        status=query.get("status"),
        urgency=query.get("urgency"),
        category=query.get("category"),
        country=query.get("country"),
        reporter=_hashes(query.get("reporter")),
        words=query.get("q"),
    )
    page = list_cases(db.session(), wanted, by=g.actor, limit=query["limit"], after=after)
    last = page.rows[-1] if page.more else None
    return {
        "items": [show_case(case) for case in page.rows],
        "next_cursor": write_cursor(last.id, last.opened_at) if last else None,
    }


@blueprint.route("/cases", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IDEMPOTENCY_KEY])
@blueprint.arguments(ReportBody)
@blueprint.response(201, CaseSchema, headers=ETAG_HEADER)
@blueprint.alt_response(200, schema=CaseSchema, description="Added to the open case of that number, or known")
def register_case(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Register a report that came by letter, telephone, at the counter or over social media. It is judged, routed and
    timed as a message is. 201 when it opened a case; 200 when its number has an open one, or the key was used."""
    key = request.headers.get("Idempotency-Key") or uuid4().hex
    with unit_of_work() as session:
        registered = register_report(
            session,
            Report(key=key, **body),
            book=current_book(session),
            by=g.actor,
            now=datetime.now(UTC),
        )
        case, outcome = registered.case, registered.outcome
        where = {"Location": f"{URL_PREFIX}/cases/{case.reference}", "Hotline-Outcome": outcome.value}
        return show_case(case), 201 if outcome is Outcome.OPENED else 200, etag_of(case) | where


@blueprint.route("/cases/<reference>")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, CaseFileSchema, headers=ETAG_HEADER)
def one_case(reference: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One case with everything that belongs to it. That it was read is written to its log."""
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        record_reading(session, case, by=g.actor, now=datetime.now(UTC))
        session.flush()
        file = case_file(session, case)
        sendings = sendings_of_case(session, case, file.messages, file.tasks)
        shown = show_case_file(case, file, clocks_of_case(session, case), sendings)
        shown |= show_merging(case, survivor_of(session, case), cases_merged_into(session, case))
        return shown, 200, etag_of(case)


@blueprint.route("/cases/<reference>", methods=["PATCH"])
@bearer(Permission.WORK_CASES)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(ChangeBody)
@blueprint.response(200, CaseSchema, headers=ETAG_HEADER)
def change_case(body: dict[str, Any], reference: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change the urgency or the categories, with a reason, or the contact plan. Only from the version that was read."""
    insist_on_if_match()
    with unit_of_work() as session:
        now = datetime.now(UTC)
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        check_version(case)
        if "urgency" in body:
            work_case.change_urgency(
                session,
                case,
                body["urgency"],
                reason=body["reason"],
                book=current_book(session),
                by=g.actor,
                now=now,
            )
        if "categories" in body:
            work_case.change_categories(
                session,
                case,
                body["categories"],
                reason=body["reason"],
                book=current_book(session),
                by=g.actor,
                now=now,
            )
        if "contact_plan" in body:
            changes = dict(body["contact_plan"])
            version = changes.pop("version")
            changes["zone"] = zone_of(case.country)
            set_contact_plan(session, case, changes, version=version, by=g.actor, now=now)
        session.flush()
        return show_case(case), 200, etag_of(case)


def _hashes(reporter: str | None) -> tuple[bytes, ...]:
    """The look-up hashes of what may be meant: a `+` that was not escaped arrives as a space."""
    if reporter is None:
        return ()
    value = reporter.strip().removeprefix("whatsapp:")
    names = {value, f"+{value}"} if value.isdigit() else {value}
    return tuple(sorted(keyring.fingerprint("address", name) for name in names))
