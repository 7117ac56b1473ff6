"""What came with messages, opened by officers; and the bundle of evidence. Each opening is a line in the log."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from uuid import UUID

from flask import Response, current_app, flash, redirect, send_file, url_for
from flask_babel import gettext as _

from cases.errors import Refused
from cases.queries.attachments import visible_attachment
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.attachments import ask_again, record_seen
from hotline.console import blueprint
from hotline.console.refusals import explain
from hotline.extensions import db
from hotline.media.evidence import export_evidence
from hotline.media.serving import answer_with_original, answer_with_thumbnail, begins_a_viewing, media_store
from hotline.patience import allow
from hotline.security.access import acting_user, signed_in
from hotline.unit_of_work import unit_of_work

# Of a case with hundreds of films.
BUNDLE_SECONDS = 120


@blueprint.get("/attachments/<uuid:attachment_id>/<any(view,download):way>")
@signed_in(Permission.SEE_CASES)
def attachment(attachment_id: UUID, way: str) -> Response:
    """The bytes as received. Who opened them is custody: written before they leave."""
    by = acting_user()
    with unit_of_work() as session:
        found, case = visible_attachment(session, attachment_id, by=by, lock=True)
        answer = answer_with_original(found, case, download=way == "download")
        if begins_a_viewing():
            record_seen(session, case, found, by=by, now=datetime.now(UTC))
    return answer


@blueprint.get("/attachments/<uuid:attachment_id>/thumbnail")
@signed_in(Permission.SEE_CASES)
def thumbnail(attachment_id: UUID) -> Response:
    """The small picture; part of the case page, whose opening is in the log already."""
    found, _case = visible_attachment(db.session(), attachment_id, by=acting_user())
    return answer_with_thumbnail(found)


@blueprint.post("/attachments/<uuid:attachment_id>/retry")
@signed_in(Permission.WORK_CASES)
def retry_attachment(attachment_id: UUID) -> Response:
    """Fetch once more what could not be fetched, by the same rules."""
    by = acting_user()
    _found, case = visible_attachment(db.session(), attachment_id, by=by)
    reference = case.reference
    try:
        with unit_of_work() as session:
            found, case = visible_attachment(session, attachment_id, by=by, lock=True)
            ask_again(session, case, found, by=by, now=datetime.now(UTC))
        flash(_("Lampiran diambil lagi."), "success")
    except Refused as refused:
        flash(explain(refused), "danger")
    return redirect(url_for("console.case", reference=reference))  # type: ignore[return-value] # a werkzeug response is one


@blueprint.post("/cases/<reference>/evidence")
@signed_in(Permission.EXPORT_EVIDENCE)
def evidence(reference: str) -> Response:
    """The bundle of a case, to be handed over; `hotline evidence verify` checks it."""
    by = acting_user()
    bundle = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response; it has no name on the disk
    with unit_of_work() as session:
        allow(session, BUNDLE_SECONDS)
        case = case_by_reference(session, reference, by=by, lock=True)
        secret = current_app.config["SECRET_KEY"]
        export_evidence(
            session, case, bundle, store=media_store(), secret_key=secret, by=by, now=datetime.now(UTC)
        )
    bundle.seek(0)
    name = f"{case.reference}-evidence.zip"
    return send_file(bundle, mimetype="application/zip", as_attachment=True, download_name=name)
