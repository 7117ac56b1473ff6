"""`/attachments/{id}`: the bytes of what came with a message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import g

from cases.queries.attachments import visible_attachment
from cases.rules.access import Permission
from cases.services.attachments import record_seen
from hotline.api.blueprint import api_blueprint
from hotline.media.serving import answer_with_original, begins_a_viewing
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
