"""Registering by hand what did not come by message: three fields open a case."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cases.errors import Invalid, Refused
from cases.rules.access import Permission
from cases.vocabulary import Channel, Relation
from escalation.services.load_countries import load_countries
from escalation.services.register_report import (
    CHANNELS,
    LONGEST_FIELD,
    LONGEST_REPORT,
    Report,
    register_report,
)
from escalation.services.take_message import Outcome
from hotline.console import blueprint
from hotline.console.refusals import explain
from hotline.reference import current_book
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work


@blueprint.get("/register")
@signed_in(Permission.WORK_CASES)
def register() -> str:
    """The form, with a key of its own: sent twice, it registers one report."""
    return _form({"key": uuid4().hex})


@blueprint.post("/register")
@signed_in(Permission.WORK_CASES)
def register_it() -> Response | tuple[str, int]:
    """Open a case, or add to the open case of that number. What is refused is told, and what was typed stays."""
    typed = {name: value for name, value in request.form.items() if name != "csrf_token"}
    try:
        with unit_of_work() as session:
            case, outcome = register_report(
                session, _report(typed), book=current_book(session), by=acting_user(), now=datetime.now(UTC)
            )
            reference = case.reference
    except Refused as refused:
        flash(explain(refused), "danger")
        return _form(typed), 422
    told = {
        Outcome.OPENED: _("Kasus dibuka."),
        Outcome.ADDED: _("Orang ini sudah punya kasus terbuka: laporan ditambahkan ke situ."),
    }
    flash(told.get(outcome, _("Laporan ini sudah terdaftar.")), "success")
    return redirect(url_for("console.case", reference=reference))


def _report(typed: dict[str, str]) -> Report:
    try:
        channel = Channel(typed.get("channel", ""))
        relation = Relation(typed["relation"]) if typed.get("relation") else None
    except ValueError as error:
        raise Invalid("choose one of the list", field="channel") from error
    return Report(
        what=typed.get("what", ""),
        where=typed.get("where", ""),
        reach=typed.get("reach", ""),
        channel=channel,
        key=typed.get("key", ""),
        country=typed.get("country") or None,
        relation=relation,
        name=typed.get("name") or None,
    )


def _form(typed: dict[str, str]) -> str:
    countries = sorted(load_countries().values(), key=lambda country: country.name_id)
    return render_template(
        "console/register.html",
        typed=typed,
        channels=CHANNELS,
        relations=list(Relation),
        countries=countries,
        longest=LONGEST_REPORT,
        longest_field=LONGEST_FIELD,
    )
