"""The REST door: who may enter, what is made to go wrong there, and the line each request leaves."""

import hmac
import socket
import time
from collections.abc import Iterator
from typing import Any

from flask import Response, g, json, request
from werkzeug.datastructures import MultiDict

from hotline.channels.phones.checks import PARAMETERS
from hotline.channels.phones.errors import Refusal, problem_body, twilio_body
from hotline.channels.phones.switchboard import switchboard

ROOT = "/2010-04-01/"
# Messages and calls; services and templates; the typing indicator: three hosts outside, one here.
PREFIXES = (ROOT, "/v1/", "/v2/", "/v3/")
MOST_LOGGED = 2_000


def authenticate(account: str | None) -> None:
    """Open with the account and one of its tokens, or with the API key. Raises Refusal.

    ``account`` is the one in the path; the younger faces have none there.
    """
    settings = switchboard().settings
    given = request.authorization
    name = (given.username if given else None) or ""
    secret = (given.password if given else None) or ""
    pairs = [(settings.account_sid, token) for token in settings.auth_tokens]
    if settings.api_key_sid and settings.api_key_secret:
        pairs.append((settings.api_key_sid, settings.api_key_secret))
    matches = [name == known and _same(secret, value) for known, value in pairs]
    if not any(matches):
        raise Refusal(20003)
    g.credential = "current" if matches[0] else "key" if name == settings.api_key_sid else "next"
    if account not in (None, settings.account_sid):
        raise Refusal(20003, "the credentials belong to another account", status=403)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def take_account(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The account of the path is the door's business, not the views'."""
    g.account = (values or {}).pop("account", "")


def enter(*, without_password: bool = False) -> None:
    """What every request goes through before its view."""
    if not without_password:
        authenticate(g.get("account"))
    hinder()


def hinder() -> None:
    """Slow the request down or refuse it, as the knobs say. Nothing has been accepted yet."""
    board = switchboard()
    faults = board.faults
    if wait := faults.latency_ms + (board.shelf.chance() * faults.jitter_ms if faults.jitter_ms else 0):
        time.sleep(wait / 1000)
    if faults.fires("rate_limit"):
        g.fault = "rate_limit"
        raise Refusal(20429)
    if faults.fires("unavailable_before"):
        g.fault = "unavailable_before"
        raise Refusal(20500 if faults.unavailable_status == 500 else 20503)


def answer(body: dict[str, object], status: int = 200) -> Response:
    """A JSON answer, dripping if the knobs say so."""
    text = json.dumps(body)
    slow = switchboard().faults.slow_body_ms
    content = _drip(text, slow / 1000) if slow else text
    response = Response(content, status, content_type="application/json;charset=utf-8")
    response.content_length = len(text.encode())
    return response


def _drip(text: str, seconds: float, pieces: int = 10) -> Iterator[str]:
    size = -(-len(text) // pieces)
    for start in range(0, len(text), size):
        time.sleep(seconds / pieces)
        yield text[start : start + size]


def refuse(refusal: Refusal) -> Response:
    """An error body in the shape that is set: the provider's, RFC 9457, or a proxy's HTML."""
    g.code = refusal.code
    shape = switchboard().faults.error_body
    if shape == "html":
        page = f"<html><body><h1>{refusal.status}</h1></body></html>"
        return Response(page, refusal.status, content_type="text/html")
    build = problem_body if shape == "problem" else twilio_body
    response = answer(build(refusal.code, refusal.message, refusal.status), refusal.status)
    if shape == "problem":
        response.content_type = "application/problem+json"
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def hang_up() -> None:
    """Cut the connection under the answer. Without a socket (a test client) the answer gets through."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


def record(response: Response) -> Response:
    """Write the ledger line of one REST request; credentials are not in it."""
    if not request.path.startswith(PREFIXES):
        return response
    given = request.form if request.method == "POST" else request.args
    if request.is_json:
        data = request.get_json(silent=True)
        given = MultiDict(
            {name: str(value) for name, value in data.items()} if isinstance(data, dict) else {}
        )
    unknown = sorted(set(request.form) - PARAMETERS) if request.path.endswith("/Messages.json") else []
    switchboard().ledger.record(
        "rest",
        sid=g.get("sid", ""),
        to=given.get("To", ""),
        method=request.method,
        path=request.path,
        params={
            name: values if len(values) > 1 else values[0][:MOST_LOGGED] for name, values in given.lists()
        },
        unknown_parameters=unknown,
        credential=g.get("credential"),
        status=response.status_code,
        code=g.get("code"),
        fault=g.get("fault"),
    )
    return response
