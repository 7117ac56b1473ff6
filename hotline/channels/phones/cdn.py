"""The second port: where media redirects lead, and where a header that should have stayed behind is seen.

It plays the provider's content network and, under ``/stranger/``, somebody else's host. Neither may ever get the
account's password; the ledger tells when one did.
"""

import time
from collections.abc import Iterator

from flask import Flask, Response, request

from hotline.channels.phones.guard import refuse_strangers
from hotline.channels.phones.media import Medium
from hotline.channels.phones.switchboard import EXTENSION, Switchboard, switchboard

# What a redirect can be made to lead to. Nothing here is ever fetched by the stand-in.
METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
FILE = "file:///etc/passwd"
OUTSIDE = "https://media.example/secret"
_CHUNK = 64 * 1024
_PIECES = 10


def create_cdn_app(board: Switchboard) -> Flask:
    """An app of its own, so that the REST face cannot be reached through this port."""
    app = Flask("hotline.channels.phones.cdn", static_folder=None)
    app.extensions[EXTENSION] = board
    app.before_request(refuse_strangers)
    app.after_request(_record)
    app.add_url_rule("/media/<sid>", view_func=_media)
    app.add_url_rule("/stranger/<path:_path>", view_func=_stranger)
    app.add_url_rule("/loop/<path:_path>", view_func=_loop)
    return app


def destination(board: Switchboard, medium: Medium) -> str:
    """Where the first port sends whoever asks for the bytes, as the knob says."""
    faults = board.faults
    path = board.links.path_to(medium, faults.media_expiry_s)
    other_host = board.links.base.replace("127.0.0.1", "localhost")
    return {
        "cdn": board.links.base + path,
        "metadata": METADATA,
        "file": FILE,
        "outside": OUTSIDE,
        "second_host": f"{other_host}/stranger{path}",
        "loop": f"{board.links.base}/loop{path}",
    }[faults.media_redirect]


def content_of(medium: Medium) -> Response:
    """The bytes, with what the knobs do to them."""
    faults = switchboard().faults
    content_type = faults.media_content_type or medium.content_type
    if faults.media_oversize_mb:
        return Response(_padded(medium.content, faults.media_oversize_mb), content_type=content_type)
    if faults.media_slow_ms:
        return Response(_drip(medium.content, faults.media_slow_ms / 1000), content_type=content_type)
    return Response(medium.content, content_type=content_type)


def _media(sid: str) -> Response:
    board = switchboard()
    if not board.links.admits(sid, request.args.get("Expires", ""), request.args.get("Signature", "")):
        return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
    medium = board.media.find(sid)
    return content_of(medium) if medium else Response("", 404)


def _stranger(_path: str) -> Response:
    return Response("no business of yours\n", content_type="text/plain")


def _loop(_path: str) -> Response:
    return Response(status=307, headers=[("Location", request.full_path)])


def _record(response: Response) -> Response:
    board = switchboard()
    leaked = "Authorization" in request.headers
    sid = request.path.rsplit("/", 1)[-1]
    board.ledger.record(
        "cdn",
        sid=sid,
        method=request.method,
        path=request.path,
        host=request.host,
        status=response.status_code,
        authorization_leaked=leaked,
    )
    if leaked:
        board.ledger.record("alert", sid=sid, code=0, message="The account's password reached another host")
    return response


def _padded(content: bytes, megabytes: int) -> Iterator[bytes]:
    """Real bytes first, then zeros for as long as somebody reads. No length is announced."""
    yield content
    for _ in range(megabytes * 1024 * 1024 // _CHUNK):
        yield bytes(_CHUNK)


def _drip(content: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, -(-len(content) // _PIECES))
    for start in range(0, len(content), size):
        time.sleep(seconds / _PIECES)
        yield content[start : start + size]
