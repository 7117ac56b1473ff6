"""Registering by hand what did not come by message: three fields open a case."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from cases.errors import Invalid, NotFound, Refused
from cases.models import Case
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.attachments import add_by_hand
from cases.vocabulary import Actor, Channel, Relation
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
from hotline.labels import label
from hotline.media.upload import MOST_FILES, Upload, keep_uploads, let_large_bodies_in
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
    by, now = acting_user(), datetime.now(UTC)
    uploads = keep_uploads(request.files.getlist("files"))
    try:
        with unit_of_work() as session:
            book = current_book(session)
            registered = register_report(session, _report(typed), book=book, by=by, now=now)
            if registered.outcome is not Outcome.REPEATED:
                _attach(session, registered.case, registered.message_id, uploads, by=by, now=now)
            reference, outcome = registered.case.reference, registered.outcome
    except Refused as refused:
        flash(explain(refused), "danger")
        return _form(typed), 422
    told = {
        Outcome.OPENED: _("Kasus dibuka."),
        Outcome.ADDED: _("Orang ini sudah punya kasus terbuka: laporan ditambahkan ke situ."),
    }
    flash(told.get(outcome, _("Laporan ini sudah terdaftar.")), "success")
    _tell_refused(uploads)
    return redirect(url_for("console.case", reference=reference))


@blueprint.post("/cases/<reference>/messages/<uuid:message_id>/files")
@signed_in(Permission.WORK_CASES)
def add_files(reference: str, message_id: UUID) -> Response:
    """Add files to a report by hand, as they come in: the other page of a letter, a photo of a contract."""
    by, now = acting_user(), datetime.now(UTC)
    uploads = keep_uploads(request.files.getlist("files"))
    try:
        with unit_of_work() as session:
            case = case_by_reference(session, reference, by=by, lock=True)
            _attach(session, case, message_id, uploads, by=by, now=now)
    except NotFound:
        raise
    except Refused as refused:
        flash(explain(refused), "danger")
    _tell_refused(uploads)
    return redirect(url_for("console.case", reference=reference))


@blueprint.url_value_preprocessor
def _let_files_in(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Before anything reads the body, the check of the form's token among them."""
    if request.method == "POST" and endpoint in {"console.register_it", "console.add_files"}:
        let_large_bodies_in()


def _attach(
    session: Session, case: Case, message_id: UUID, uploads: list[Upload], *, by: Actor, now: datetime
) -> None:
    for upload in uploads:
        if upload.kept is not None:
            add_by_hand(session, case, message_id, upload.kept, upload.declared_type, by=by, now=now)


def _tell_refused(uploads: list[Upload]) -> None:
    """What was typed is saved all the same; a file that was not is told by name, with the reason."""
    for upload in uploads:
        if upload.reason is not None:
            words = _(
                "Berkas %(name)s tidak disimpan: %(reason)s.", name=upload.name, reason=label(upload.reason)
            )
            flash(words, "danger")


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
        most_files=MOST_FILES,
        longest_field=LONGEST_FIELD,
    )
