"""`/reports`: figures for those who answer for the whole. They name no case and no person."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE

from cases.queries.report import count_cases
from cases.rules.access import Permission
from escalation.queries.report import measure_promises
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.fields import Query
from hotline.api.schemas.report import (
    CaseReportQuery,
    CaseReportSchema,
    PromiseReportQuery,
    PromiseReportSchema,
    ReportListSchema,
    show_reports,
)
from hotline.extensions import db
from hotline.patience import allow
from hotline.security.access import bearer

# Of years, while the day's work goes on.
REPORT_SECONDS = 60
blueprint = api_blueprint("reports", "Figures over a period")


@blueprint.route("/reports")
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(Query, location="query", unknown=RAISE)
@blueprint.response(200, ReportListSchema)
def all_reports(_query: dict[str, Any]) -> dict[str, Any]:
    """The reports there are, and what their figures mean."""
    return {"items": show_reports()}


@blueprint.route("/reports/cases")
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(CaseReportQuery, location="query", unknown=RAISE)
@blueprint.response(200, CaseReportSchema)
def case_report(query: dict[str, Any]) -> dict[str, Any]:
    """Cases opened in the period, and what became of them."""
    allow(db.session(), REPORT_SECONDS)
    return {"items": count_cases(db.session(), query["by"], start=query["start"], end=query["end"])}


@blueprint.route("/reports/sla")
@bearer(Permission.SEE_BOARD)
@blueprint.arguments(PromiseReportQuery, location="query", unknown=RAISE)
@blueprint.response(200, PromiseReportSchema)
def promise_report(query: dict[str, Any]) -> dict[str, Any]:
    """Promises made in the period, and whether they were kept in time."""
    allow(db.session(), REPORT_SECONDS)
    return {"items": measure_promises(db.session(), query["by"], start=query["start"], end=query["end"])}
