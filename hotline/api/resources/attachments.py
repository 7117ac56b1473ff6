"""`/attachments/{id}`: the bytes of what came with a message; and files for a report by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g, request

from cases.errors import Invalid
from cases.queries.attachments import visible_attachment
from cases.queries.find_case import case_by_reference
from cases.rules.access import Permission
from cases.services.attachments import add_by_hand, record_seen
from hotline.api.blueprint import api_blueprint
from hotline.api.schemas.attachment import AddedFilesSchema, FilesBody, show_attachment
from hotline.media.serving import answer_with_original, begins_a_viewing
from hotline.media.upload import keep_uploads, let_large_bodies_in
from hotline.security.access import bearer
from hotline.unit_of_work import unit_of_work

blueprint = api_blueprint("attachments", "What came with messages")


@blueprint.route("/attachments/<uuid:attachment_id>")
@bearer(Permission.SEE_CASES)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="*/*")
def one_attachment(attachment_id: UUID) -> Any:
    """The bytes as received, also in parts (`Range`). 404 while it is not stored. That it was read is written
    to the case's log."""
    with unit_of_work() as session:
        found, case = visible_attachment(session, attachment_id, by=g.actor, lock=True)
        response = answer_with_original(found, case, download=True)
        if begins_a_viewing():
            record_seen(session, case, found, by=g.actor, now=datetime.now(UTC))
    return response


@blueprint.route("/cases/<reference>/messages/<uuid:message_id>/attachments", methods=["POST"])
@bearer(Permission.WORK_CASES)
@blueprint.arguments(FilesBody, location="files")
@blueprint.response(201, AddedFilesSchema)
def add_files(files: dict[str, Any], reference: str, message_id: UUID) -> dict[str, Any]:
    """Add files to a report by hand, ten at most. What breaks a rule is named in `refused`, with the reason; the
    rest is kept. 422 when there is no file, 409 for a message that a person sent."""
    uploads = keep_uploads(files["files"])
    if not uploads:
        raise Invalid("at least one file is needed", field="files")
    now = datetime.now(UTC)
    with unit_of_work() as session:
        case = case_by_reference(session, reference, by=g.actor, lock=True)
        added = [
            add_by_hand(session, case, message_id, one.kept, one.declared_type, by=g.actor, now=now)
            for one in uploads
            if one.kept is not None
        ]
        return {
            "items": [show_attachment(attachment) for attachment in added],
            "refused": [
                {"name": one.name, "reason": one.reason} for one in uploads if one.reason is not None
            ],
        }


@blueprint.url_value_preprocessor
def _let_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint is not None and endpoint.endswith(".add_files") and request.method == "POST":
        let_large_bodies_in()
