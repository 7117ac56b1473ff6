"""The control face under ``/_control``: what tests and the page steer the stand-in with.

JSON in and out. A mistake in an instruction is a 400 with one sentence under ``error``,
and the names that are understood under ``known``.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from hotline.channels.phones.addresses import handset_name, parse_address
from hotline.channels.phones.content import BadTemplate
from hotline.channels.phones.dialling import parse_dialling
from hotline.channels.phones.faults import BadFault, Faults
from hotline.channels.phones.instructions import KNOWN, BadInstruction, parse_instruction
from hotline.channels.phones.ledger import DIRECTIONS as LEDGER_KINDS
from hotline.channels.phones.specimens import SPECIMENS
from hotline.channels.phones.switchboard import switchboard

control = Blueprint("control", __name__, url_prefix="/_control")


# What a browser may show in place; everything else is offered as a file.
_SHOWN = (
    "image/jpeg image/png image/gif image/webp audio/ogg audio/mpeg audio/mp4 audio/wav audio/x-wav audio/amr "
    "audio/aac video/mp4 video/3gpp"
)
SHOWN = frozenset(_SHOWN.split())


class BadQuery(ValueError):
    """A query or body that was not understood."""


@control.errorhandler(BadQuery)
@control.errorhandler(BadFault)
@control.errorhandler(BadInstruction)
@control.errorhandler(BadTemplate)
def explain(mistake: Exception) -> tuple[Response, int]:
    known = {BadFault: Faults.known(), BadInstruction: KNOWN}
    names = next((names for kind, names in known.items() if isinstance(mistake, kind)), None)
    return jsonify({"error": str(mistake)} | ({"known": names} if names else {})), 400


@control.post("/inbound")
def inbound() -> Response:
    """A phone writes; answered when the product has answered, or has failed to."""
    board = switchboard()
    return jsonify(board.reception.receive(parse_instruction(_body(), board.settings)))


@control.post("/call")
def call() -> Response:
    """A phone calls the hotline; answered when the call is over."""
    board = switchboard()
    return jsonify(board.exchange.put_through(parse_dialling(_body(), board.settings)))


@control.get("/specimens")
def specimens() -> Response:
    """One instruction of each kind, for ``{"specimen": name, "from": …}``."""
    return jsonify(SPECIMENS)


@control.get("/media/<sid>")
def show_media(sid: str) -> Response:
    """The bytes for the page. A recording of a call goes by its own id. Nothing of it can run here."""
    board = switchboard()
    found = board.media.find(sid) or board.calls.recording(sid)
    if found is None:
        raise BadQuery("nothing of this id is kept")
    is_shown = found.content_type.partition(";")[0] in SHOWN
    content_type = found.content_type if is_shown else "application/octet-stream"
    response = Response(found.content, content_type=content_type)
    response.headers["Content-Disposition"] = "inline" if is_shown else "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; media-src 'self'"
    # Players ask for pieces: without them they can neither seek nor tell how long a sound is.
    response.make_conditional(request.environ, accept_ranges=True, complete_length=len(found.content))
    return response


@control.get("/templates")
def list_templates() -> Response:
    return jsonify(templates=[each.as_json("") | each.approval() for each in switchboard().templates.all()])


@control.post("/templates")
def put_template() -> Response:
    """``{"sid"?, "name", "body", "status", "buttons": [{"title", "id"}], "items", …}``: new, or changed."""
    template = switchboard().templates.put(_body())
    return jsonify(template.as_json("") | template.approval())


@control.get("/ledger")
def ledger() -> Response:
    """Filters: ``kind``, ``to``, ``sid``, ``since`` (a sequence number or an ISO time), ``limit``."""
    args = request.args
    kind = args.get("kind", "")
    if kind and kind not in LEDGER_KINDS:
        raise BadQuery(f"kind: one of {list(LEDGER_KINDS)}")
    try:
        text = switchboard().ledger.read(
            kind=kind,
            to=args.get("to", ""),
            sid=args.get("sid", ""),
            since=args.get("since", ""),
            limit=int(args.get("limit", "0")) or None,
        )
    except ValueError as mistake:
        raise BadQuery("since: a sequence number or an ISO time with a zone; limit: a number") from mistake
    return Response(text, content_type="application/json")


@control.get("/dump")
def dump() -> Response:
    """All that is remembered, but for the bytes, the ledger and the phones' own lines."""
    board = switchboard()
    return jsonify(
        now=board.clock.now().isoformat(),
        messages=[message.as_json() for message in board.shelf.newest_first()],
        media=[medium.as_json(board.settings.account_sid) for medium in board.media.all()],
        calls=[each.as_json() for each in board.calls.calls()],
        recordings=[each.as_json("") for each in board.calls.recordings()],
        templates=[each.as_json("") | each.approval() for each in board.templates.all()],
        numbers=[board.numbers.as_json(number) for number in board.numbers.all()],
        faults=board.faults.as_json(),
    )


@control.get("/faults")
def show_faults() -> Response:
    return jsonify(switchboard().faults.as_json())


@control.post("/faults")
def set_faults() -> Response:
    """Merge over what is set: all of the instruction or nothing of it."""
    faults = switchboard().faults
    faults.merge(_body())
    return jsonify(faults.as_json())


@control.delete("/faults")
def clear_faults() -> Response:
    faults = switchboard().faults
    faults.clear()
    return jsonify(faults.as_json())


@control.post("/reset")
def reset() -> Response:
    """As after the start: nothing sent, nothing set, the same SIDs to come."""
    switchboard().reset()
    return jsonify(reset=True)


@control.get("/clock")
def show_clock() -> Response:
    """The stand-in's time, and how many steps and callbacks are still to come."""
    board = switchboard()
    return jsonify(now=board.clock.now().isoformat(), pending=board.pending())


@control.post("/clock")
def move_clock() -> Response:
    """``{"forward": seconds}``: whatever was due in them happens now."""
    seconds = _body().get("forward")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 10**9:
        raise BadQuery("forward: seconds, from 0")
    switchboard().clock.forward(seconds)
    return show_clock()


@control.get("/phones")
def phones() -> Response:
    """With ``since`` the lines after that cursor, else the phones used last."""
    handsets = switchboard().handsets
    since = request.args.get("since")
    if since is None:
        cursor, rows = handsets.overview()
        return jsonify(cursor=cursor, phones=rows)
    if not since.isdigit():
        raise BadQuery("since: the cursor of the answer before")
    cursor, lines, missed = handsets.since(int(since))
    typing = handsets.typing(switchboard().clock.now())
    return jsonify(cursor=cursor, missed=missed, typing=typing, lines=[line.as_json() for line in lines])


@control.get("/phones/<number>")
def phone(number: str) -> Response:
    """One phone's conversation, oldest line first; a phone that was never used has an empty one."""
    name = handset_name(number)
    if parse_address(name) is None:
        raise BadQuery("an E.164 number or a business-scoped user id")
    cursor, lines = switchboard().handsets.conversation(name)
    return jsonify(number=name, cursor=cursor, lines=[line.as_json() for line in lines])


def _body() -> dict[str, Any]:
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise BadQuery("a JSON object is wanted, with Content-Type: application/json")
    return data
