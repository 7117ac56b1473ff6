"""What all blueprints of the API share: the address, the error shape, no cookies and so no CSRF token."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from hotline.api.errors import answer, handle_errors_of
from hotline.extensions import csrf

URL_PREFIX = "/api/v1"


def api_blueprint(name: str, description: str) -> Blueprint:
    """A blueprint under /api/v1; `name` is also its tag in the document."""
    blueprint = Blueprint(name, f"{__name__}.{name}", url_prefix=URL_PREFIX, description=description)
    handle_errors_of(blueprint)
    blueprint.before_request(_refuse_nul)
    csrf.exempt(blueprint)
    return blueprint


def _refuse_nul() -> Response | None:
    """PostgreSQL stores no NUL, so nothing that is asked for can hold one. Bodies: `schemas.fields`."""
    if "\x00" in request.path or any(
        "\x00" in part for pair in request.args.items(multi=True) for part in pair
    ):
        return answer(422, "a NUL character makes no sense here", {"code": "invalid"})
    return None
