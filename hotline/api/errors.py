"""One shape for everything that goes wrong under /api: `{code, status, message, errors}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, request
from marshmallow import Schema, fields
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError

from cases.errors import Refused
from hotline.errors import status_of
from hotline.unit_of_work import is_outage

PREFIX = "/api/"
# Other faces register handlers of their own by code for the whole application; a blueprint's handler for the
# same code comes first, one for HTTPException would not.
_CODES = (400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 422, 428, 429, 500)
_KEPT_HEADERS = frozenset({"Allow", "Retry-After"})


class ErrorSchema(Schema):
    """What every answer from 400 up looks like."""

    code = fields.Integer(required=True, metadata={"description": "The HTTP status"})
    status = fields.String(required=True, metadata={"description": "Its name"})
    message = fields.String(required=True, metadata={"description": "What happened, in English"})
    errors = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "For 422 the fields; for a refusal its stable `code` and its facts"},
    )


def answer(code: int, message: str, errors: dict[str, Any] | None = None) -> Response:
    """An error in the API's one shape."""
    response = jsonify(code=code, status=HTTPStatus(code).phrase, message=message, errors=errors or {})
    response.status_code = code
    if code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer_http(error: HTTPException) -> Response:
    """Any HTTP error, also those that the parser of arguments raises."""
    if isinstance(error, InternalServerError):
        return answer(500, "Something went wrong here. It has been logged.")
    data = getattr(error, "data", None) or {}
    found = data.get("errors") or data.get("messages")
    code = error.code or 500
    response = answer(
        code, data.get("message") or _message(error), found if isinstance(found, dict) else None
    )
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            response.headers[name] = value
    return response


def answer_refused(refused: Refused) -> Response:
    """A refusal of the lower floors: its code and facts are in `errors`."""
    return answer(status_of(refused), refused.message, {"code": refused.code, **refused.facts})


def answer_outage(error: SQLAlchemyError) -> Response:
    """The database does not answer; any other error of it is ours."""
    if not is_outage(error):
        raise error
    response = answer(503, "The database does not answer. Try again in a moment.")
    response.headers["Retry-After"] = "5"
    return response


def answer_too_deep(_error: RecursionError) -> Response:
    """JSON nested so deeply that it cannot be read."""
    return answer(400, "the JSON is nested too deeply")


def answer_unrouted() -> Response | None:
    """Addresses and methods that no blueprint serves: the routing error belongs to the application."""
    error = request.routing_exception
    if error is None or not request.path.startswith(PREFIX) or (error.code or 0) < HTTPStatus.BAD_REQUEST:
        return None
    return answer_http(error)


def handle_errors_of(blueprint: Any) -> None:
    """Answer everything that goes wrong behind a blueprint in the one shape."""
    for code in _CODES:
        blueprint.register_error_handler(code, answer_http)
    blueprint.register_error_handler(HTTPException, answer_http)
    blueprint.register_error_handler(Refused, answer_refused)
    blueprint.register_error_handler(SQLAlchemyError, answer_outage)
    blueprint.register_error_handler(RecursionError, answer_too_deep)


def handle_unrouted(app: Flask) -> None:
    """Answer what is under /api but nowhere in particular."""
    # First in line: behind the extensions' own hooks an unknown address could already have been redirected.
    app.before_request_funcs.setdefault(None, []).insert(0, answer_unrouted)


def _message(error: HTTPException) -> str:
    if error.code == HTTPStatus.UNAUTHORIZED:
        return "a bearer token is needed"
    if error.code == HTTPStatus.FORBIDDEN:
        return "this token's role does not allow this"
    if error.code == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "one or more values are missing or make no sense"
    return error.description or error.name
