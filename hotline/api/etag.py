"""Versions as ETags: an edit names what it was made from."""

from __future__ import annotations

from typing import Any, Protocol

from flask import request
from flask_smorest import abort

from cases.errors import StaleVersion

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the thing as it was read",
    "schema": {"type": "string"},
}
ETAG_HEADER: dict[str, Any] = {"ETag": {"description": "Its version", "schema": {"type": "string"}}}


class Versioned(Protocol):
    """A row that counts its changes."""

    version: Any


def etag_of(thing: Versioned) -> dict[str, str]:
    """The header that names the version of a case, a party, a need or a task."""
    return {"ETag": f'"{thing.version}"'}


def insist_on_if_match() -> None:
    """Answer 428 to an edit that does not say what it was made from."""
    if not request.headers.get("If-Match", "").strip():
        abort(428, message="If-Match is needed: send the ETag of what you read")


def check_version(thing: Versioned) -> None:
    """Raise StaleVersion, which is 412, when the (locked) row is no longer what the asker read."""
    if not request.if_match.contains(str(thing.version)):
        raise StaleVersion("it was changed in the meantime", version=thing.version)
