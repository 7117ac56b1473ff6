"""Attachments of messages."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import RAISE, Schema, fields, validate

from cases.models import Attachment
from cases.vocabulary import AttachmentState, MediaFailure
from hotline.api.schemas.fields import Shown, word
from hotline.media.upload import MOST_FILES


class AttachmentSchema(Shown):
    """One attachment; its bytes are at `url` once it is stored."""

    id = fields.UUID(required=True)
    state = word(AttachmentState, required=True)
    reason = word(MediaFailure, "Why it could not be fetched so far", required=True, allow_none=True)
    type = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What the bytes are, not what was said of them"},
    )
    declared_type = fields.String(required=True)
    size = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class FilesBody(Schema):
    """A multipart body."""

    class Meta:
        unknown = RAISE

    files = fields.List(Upload(), required=True, validate=validate.Length(min=1, max=MOST_FILES))


class RefusedFileSchema(Shown):
    """A file that was not kept."""

    name = fields.String(required=True)
    reason = word(MediaFailure, required=True)


class AddedFilesSchema(Shown):
    """What became of the files."""

    items = fields.List(fields.Nested(AttachmentSchema), required=True)
    refused = fields.List(fields.Nested(RefusedFileSchema), required=True)


def show_attachment(attachment: Attachment) -> dict[str, Any]:
    """One attachment without its address at the provider and without its place."""
    stored = attachment.state is AttachmentState.STORED
    return {
        "id": attachment.id,
        "state": attachment.state,
        "reason": MediaFailure(attachment.reason) if attachment.reason else None,
        "type": attachment.media_type,
        "declared_type": attachment.declared_type,
        "size": attachment.size,
        "sha256": attachment.sha256.hex() if attachment.sha256 else None,
        "url": f"/api/v1/attachments/{attachment.id}" if stored else None,
    }
