"""Handing bytes to a browser so that they stay bytes: their own type or none, no script, no guessing, no cache."""

from __future__ import annotations

import io

from flask import Response, current_app, request, send_file

from cases.errors import NotFound
from cases.models import Attachment, Case
from cases.rules.media_types import family_of_type
from hotline.media.store import Damaged, MediaStore, NotInStore

EXTENSION = "media_store"
_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "audio/ogg": "ogg",
    "audio/amr": "amr", "audio/aac": "aac", "audio/mpeg": "mp3", "audio/mp4": "m4a", "video/mp4": "mp4",
    "video/3gpp": "3gp", "application/pdf": "pdf", "application/msword": "doc", "text/vcard": "vcf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}  # fmt: skip
# What a browser shows by itself; a card or an office paper is only ever downloaded.
_SHOWN = frozenset({"image", "audio", "video"})


def media_store() -> MediaStore:
    """The store of this application."""
    store: MediaStore = current_app.extensions[EXTENSION]
    return store


def ending_of(media_type: str | None) -> str:
    """The ending of a file of this type."""
    return _ENDINGS.get(media_type or "", "bin")


def may_be_shown(media_type: str | None) -> bool:
    """True for what a page may hold or a tab may open; the rest is downloaded."""
    return media_type == "application/pdf" or family_of_type(media_type or "") in _SHOWN


def answer_with_original(attachment: Attachment, case: Case, *, download: bool) -> Response:
    """The bytes as they were received, under a name of ours: what the sender called it never reaches a header."""
    if attachment.sha256 is None:
        raise NotFound("the attachment is not stored", state=attachment.state.value)
    name = f"{case.reference}-{attachment.id.hex[-8:]}.{ending_of(attachment.media_type)}"
    attached = download or not may_be_shown(attachment.media_type)
    return _answer(attachment.sha256, attachment.media_type, name, download=attached)


def answer_with_thumbnail(attachment: Attachment) -> Response:
    """The small picture of the case page."""
    if attachment.thumbnail_sha256 is None:
        raise NotFound("there is no thumbnail")
    return _answer(attachment.thumbnail_sha256, "image/jpeg", "thumbnail.jpg", download=False)


def begins_a_viewing() -> bool:
    """False for the further parts of what somebody is already listening to."""
    return request.method == "GET" and request.headers.get("Range", "bytes=0-").startswith("bytes=0-")


def _answer(digest: bytes, media_type: str | None, name: str, *, download: bool) -> Response:
    try:
        content = media_store().get(digest)
    except (NotInStore, Damaged) as error:
        raise NotFound("the file cannot be read from the store") from error
    response = send_file(
        io.BytesIO(content),
        mimetype=media_type or "application/octet-stream",
        as_attachment=download,
        download_name=name,
        conditional=True,
        etag=False,
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
