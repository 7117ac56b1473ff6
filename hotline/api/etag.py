"""Versions of a case as ETags: an edit names what it was made from."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import abort

from cases.errors import StaleVersion
from cases.models import Case

IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the case as it was read",
    "schema": {"type": "string"},
}
ETAG_HEADER: dict[str, Any] = {"ETag": {"description": "The case's version", "schema": {"type": "string"}}}


def etag_of(case: Case) -> dict[str, str]:
    """The header that names the version of a case."""
    return {"ETag": f'"{case.version}"'}


def insist_on_if_match() -> None:
    """Answer 428 to an edit that does not say what it was made from."""
    if not request.headers.get("If-Match", "").strip():
        abort(428, message="If-Match is needed: send the ETag of the case as you read it")


def check_version(case: Case) -> None:
    """Raise StaleVersion, which is 412, when the (locked) case is no longer what the asker read."""
    if not request.if_match.contains(str(case.version)):
        raise StaleVersion("the case was changed in the meantime", version=case.version)
