"""The REST face: messages and their media under ``/2010-04-01/Accounts/{AC}``."""

from flask import Blueprint, Response, g, request

from hotline.channels.phones.cdn import content_of, destination
from hotline.channels.phones.door import answer, enter, hang_up, refuse, take_account
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.listing import list_messages, page_of
from hotline.channels.phones.media import Medium
from hotline.channels.phones.messages import Message
from hotline.channels.phones.outcomes import OPEN_STATUSES
from hotline.channels.phones.switchboard import switchboard

rest = Blueprint("rest", __name__, url_prefix="/2010-04-01/Accounts/<account>")


rest.url_value_preprocessor(take_account)


@rest.before_request
def open_door() -> None:
    """Media can be had without a password while the account is set so, which is how it begins outside."""
    is_public = switchboard().faults.media_auth == "public"
    enter(without_password=is_public and request.endpoint == "rest.fetch_medium")


@rest.post("/Messages.json")
def create_message() -> Response:
    """201 with the initial status; everything after it happens once the answer is out."""
    board = switchboard()
    message = board.desk.accept(request.form)
    g.sid = message.sid
    body = message.as_json()
    overtaking = message.send_at is None and board.faults.fires("callback_overtake")
    if overtaking:
        board.deliveries.overtake(message)
    if board.faults.fires("unavailable_after"):
        g.fault = "unavailable_after"
        response = refuse(Refusal(20500 if board.faults.unavailable_status == 500 else 20503))
    else:
        response = answer(body, 201)
    # Promised before the connection is cut: whoever sees the cut must find the delivery pending.
    response.call_on_close(board.deliveries.promise(message, overtaking=overtaking))
    if board.faults.fires("reset_after_accept"):
        g.fault = "reset_after_accept"
        hang_up()
    return response


@rest.get("/Messages.json")
def list_all() -> Response:
    return answer(list_messages(switchboard().shelf, request.args, request.path))


@rest.get("/Messages/<sid>.json")
def show_message(sid: str) -> Response:
    return answer(_message(sid).as_json())


@rest.post("/Messages/<sid>.json")
def change_message(sid: str) -> Response:
    """``Body=`` takes the text away, ``Status=canceled`` stops what is scheduled; nothing else changes."""
    message = _message(sid)
    if "Status" in request.form:
        if request.form["Status"] != "canceled":
            raise Refusal(20001, "Status")
        if message.status != "scheduled":
            raise Refusal(30409)
        switchboard().deliveries.cancel(message)
    if "Body" in request.form:
        if request.form["Body"]:
            raise Refusal(20001, "Body")
        _refuse_unfinished(message)
        message.body = ""
    return answer(message.as_json())


@rest.delete("/Messages/<sid>.json")
def delete_message(sid: str) -> Response:
    message = _message(sid)
    _refuse_unfinished(message)
    switchboard().shelf.remove(sid)
    for medium in switchboard().media.of(sid):
        switchboard().media.remove(medium.sid)
    return Response(status=204)


@rest.get("/Messages/<message_sid>/Media.json")
def list_media(message_sid: str) -> Response:
    g.sid = message_sid
    media = [medium.as_json(g.account) for medium in switchboard().media.of(message_sid)]
    return answer(page_of("media_list", media, request.args, request.path))


@rest.get("/Messages/<message_sid>/Media/<sid>.json")
def show_medium(message_sid: str, sid: str) -> Response:
    return answer(_medium(message_sid, sid).as_json(g.account))


@rest.get("/Messages/<message_sid>/Media/<sid>")
def fetch_medium(message_sid: str, sid: str) -> Response:
    """Where the bytes are: a link on the second port, good for a while."""
    board, medium = switchboard(), _medium(message_sid, sid)
    medium.asked += 1
    if medium.asked <= board.faults.media_not_found_first:
        g.fault = "media_not_found_first"
        raise Refusal(20404, sid)
    if not board.links.base:
        return content_of(medium)
    # Set by hand: the framework would make an absolute address of this host out of some of them.
    return Response("", 307, headers=[("Location", destination(board, medium))])


@rest.delete("/Messages/<message_sid>/Media/<sid>.json")
def delete_medium(message_sid: str, sid: str) -> Response:
    switchboard().media.remove(_medium(message_sid, sid).sid)
    return Response(status=204)


def _message(sid: str) -> Message:
    g.sid = sid
    message = switchboard().shelf.get(sid)
    if message is None:
        raise Refusal(20404, sid)
    return message


def _medium(message_sid: str, sid: str) -> Medium:
    medium = switchboard().media.get(message_sid, sid)
    if medium is None:
        raise Refusal(20404, sid)
    return medium


def _refuse_unfinished(message: Message) -> None:
    if message.status in OPEN_STATUSES:
        raise Refusal(20009)
