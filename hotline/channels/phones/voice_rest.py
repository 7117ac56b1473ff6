"""The REST face of calls: what was called, what was recorded, and the sound."""

from datetime import date, datetime

from flask import Blueprint, Response, g, request

from hotline.channels.phones.calls import Call, Recording
from hotline.channels.phones.cdn import content_of
from hotline.channels.phones.door import answer, enter, hang_up, take_account
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.listing import page_of
from hotline.channels.phones.media import Medium
from hotline.channels.phones.ringing import parse_order
from hotline.channels.phones.samples import sample
from hotline.channels.phones.switchboard import switchboard

voice_rest = Blueprint("voice_rest", __name__, url_prefix="/2010-04-01/Accounts/<account>")
voice_rest.url_value_preprocessor(take_account)


@voice_rest.before_request
def open_door() -> None:
    is_public = switchboard().faults.media_auth == "public"
    enter(without_password=is_public and request.endpoint == "voice_rest.fetch_recording")


@voice_rest.get("/Calls.json")
def list_calls() -> Response:
    args = request.args
    found = [
        call.as_json()
        for call in switchboard().calls.calls()
        if args.get("To") in (None, "", call.to)
        and args.get("From") in (None, "", call.sender)
        and args.get("Status") in (None, "", call.status)
        and _in_time(call.started or call.created, "StartTime")
    ]
    return answer(page_of("calls", found, args, request.path))


@voice_rest.post("/Calls.json")
def make_call() -> Response:
    """The product calls a phone. It rings after the response; how it is taken is said at ``/_control/faults``."""
    board = switchboard()
    now = board.clock.now()
    call = Call(
        sid=board.shelf.new_sid("CA"),
        account_sid=board.settings.account_sid,
        sender="",
        to="",
        created=now,
        updated=now,
        status="queued",
        direction="outbound-api",
    )
    order = parse_order(request.form, board.settings, call)
    g.sid = call.sid
    board.calls.add_call(call)
    response = answer(call.as_json(), 201)
    board.ring(order)
    if board.faults.fires("unavailable_after"):
        g.fault = "unavailable_after"
        raise Refusal(20500 if board.faults.unavailable_status == 500 else 20503)
    if board.faults.fires("reset_after_accept"):
        g.fault = "reset_after_accept"
        hang_up()
    return response


@voice_rest.get("/Calls/<sid>.json")
def show_call(sid: str) -> Response:
    g.sid = sid
    call: Call | None = switchboard().calls.call(sid)
    if call is None:
        raise Refusal(20404, sid)
    return answer(call.as_json())


@voice_rest.get("/Recordings.json")
@voice_rest.get("/Calls/<call_sid>/Recordings.json")
def list_recordings(call_sid: str = "") -> Response:
    wanted = call_sid or request.args.get("CallSid", "")
    found = [
        recording.as_json(_base())
        for recording in switchboard().calls.recordings()
        if wanted in ("", recording.call_sid) and _in_time(recording.created, "DateCreated")
    ]
    return answer(page_of("recordings", found, request.args, request.path))


@voice_rest.get("/Recordings/<sid>.json")
def show_recording(sid: str) -> Response:
    return answer(_recording(sid).as_json(_base()))


@voice_rest.get("/Recordings/<sid>")
@voice_rest.get("/Recordings/<sid>.wav", defaults={"extension": "wav"})
@voice_rest.get("/Recordings/<sid>.mp3", defaults={"extension": "mp3"})
def fetch_recording(sid: str, extension: str = "wav") -> Response:
    """The sound: WAV, or MP3 of a built-in tone. A recording sent from the page is what the page sent."""
    recording = _recording(sid)
    recording.asked += 1
    if recording.asked <= switchboard().faults.media_not_found_first:
        g.fault = "media_not_found_first"
        raise Refusal(20404, sid)
    content, kind = recording.content, recording.content_type
    if extension == "mp3" and recording.built_in:
        content, kind = sample("audio/mpeg", float(recording.seconds)), "audio/mpeg"
    return content_of(Medium(sid, recording.call_sid, kind, recording.created, content))


@voice_rest.delete("/Recordings/<sid>.json")
def delete_recording(sid: str) -> Response:
    switchboard().calls.remove_recording(_recording(sid).sid)
    return Response(status=204)


def _recording(sid: str) -> Recording:
    g.sid = sid
    recording = switchboard().calls.recording(sid)
    if recording is None:
        raise Refusal(20404, sid)
    return recording


def _base() -> str:
    return switchboard().settings.media_url.rstrip("/")


def _in_time(moment: datetime, name: str) -> bool:
    """The day asked for, and the days or moments before or after; each bound is included."""
    for relation in ("", "<", ">"):
        text = request.args.get(name + relation, "")
        if not text:
            continue
        try:
            if len(text) == len("2026-11-24"):
                left, right = moment.date(), date.fromisoformat(text)
            else:
                given = datetime.fromisoformat(text)
                left, right = (
                    moment.replace(microsecond=0),
                    given.replace(tzinfo=given.tzinfo or moment.tzinfo),
                )
        except ValueError as mistake:
            raise Refusal(20001, name) from mistake
        if (
            (not relation and left != right)
            or (relation == "<" and left > right)
            or (relation == ">" and left < right)
        ):
            return False
    return True
