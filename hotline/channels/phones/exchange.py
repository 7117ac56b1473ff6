"""A call to the hotline, from the first ring to the last callback: executes what the product answers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urljoin

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import country_of
from hotline.channels.phones.calls import Call, CallShelf, Recording
from hotline.channels.phones.clock import Clock, rfc2822
from hotline.channels.phones.dialling import Dialling, Voice
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.messages import MessageShelf
from hotline.channels.phones.numbers import Numbers
from hotline.channels.phones.ringing import Order
from hotline.channels.phones.samples import sample
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.twiml import ALERTS
from hotline.channels.phones.voice_twiml import Script, Verb, read_script
from hotline.channels.phones.webhook import Parameters, Postman
from hotline.channels.phones.wire import Answer

MOST_DOCUMENTS = 20
ANY_KEY = "1234567890*#"
LONGEST_RECORDING = 3600


class RingOff(Exception):
    """The call is over."""


class NextDocument(Exception):
    """Go on with another document instead of the rest of this one."""

    def __init__(self, url: str, method: str, more: dict[str, str]) -> None:
        super().__init__(url)
        self.url, self.method, self.more = url, method, more


@dataclass
class Conversation:
    """One call while it lasts."""

    call: Call
    given: Dialling
    url: str
    voice: Voice | None
    digits: list[str]
    said: list[str] = field(default_factory=list)
    alerts: list[int] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    seconds: int = 0
    caller_is_gone: bool = False
    reason: str = ""
    to_tell: list[tuple[str, str, Parameters]] = field(default_factory=list)


class Exchange:
    """Puts calls through to the product and does what it says: Say, Play, Pause, Gather, Record, Redirect,
    Reject, Hangup. Time in a call is counted, not waited for."""

    def __init__(
        self,
        *,
        settings: PhonesSettings,
        clock: Clock,
        faults: Faults,
        numbers: Numbers,
        ledger: Ledger,
        shelf: MessageShelf,
        calls: CallShelf,
        handsets: Handsets,
        postman: Postman,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._faults = faults
        self._numbers = numbers
        self._ledger = ledger
        self._shelf = shelf
        self._calls = calls
        self._handsets = handsets
        self._postman = postman

    def put_through(self, given: Dialling) -> dict[str, Any]:
        """Make one call; answered when it is over, in the shape of ``/_control/call``."""
        now = self._clock.now()
        call = Call(
            sid=given.call_sid or self._shelf.new_sid("CA"),
            account_sid=self._settings.account_sid,
            sender=given.sender,
            to=given.to,
            created=now,
            updated=now,
            forwarded_from=given.forwarded_from or None,
            caller_name=given.caller_name or None,
            number_sid=self._numbers.sid_of(given.to),
        )
        self._calls.add_call(call)
        talk = Conversation(call, given, self._numbers.routes.voice_url, given.voice, list(given.digits))
        self._talk(talk)
        self._end(talk)
        return {
            "call_sid": call.sid,
            "call_status": call.status,
            "status": talk.requests[0]["status"] if talk.requests else None,
            "failure": talk.requests[0]["failure"] if talk.requests else "connect",
            "said": talk.said,
            "recordings": [each.as_json(self._settings.media_url.rstrip("/")) for each in talk.recordings],
            "requests": talk.requests,
            "alerts": [{"code": code, "message": ALERTS[code]} for code in talk.alerts],
        }

    def ring(self, order: Order) -> None:
        """Make one call of the product's to a phone, from the first ring to the last callback."""
        call, manner = order.call, self._faults.manner_of(order.call.to)
        given = Dialling(
            sender=call.sender,
            to=call.to,
            digits=(manner.digits,) if manner.digits else (),
            caller=call.to,
        )
        base = order.url or self._settings.public_url
        talk = Conversation(call, given, base, None, list(given.digits))
        for status, event in (("initiated", "initiated"), ("ringing", "ringing")):
            call.status = status
            self._report(talk, order, event)
        if manner.picks_up:
            self._pick_up(talk)
            self._report(talk, order, "answered")
            self._talk_on(talk, order)
            call.status = "completed"
        else:
            call.status = manner.name
        call.updated = self._clock.now()
        call.seconds = talk.seconds if call.started else 0
        call.ended = (call.started or call.created) + timedelta(seconds=call.seconds)
        self._report(talk, order, "completed")
        for code in talk.alerts:
            self._ledger.record("alert", sid=call.sid, to=call.to, code=code, message=ALERTS[code])
        self._show(talk, "in", call.to, call.sender)

    def _talk_on(self, talk: Conversation, order: Order) -> None:
        try:
            if order.twiml:
                headers = {"content-type": "text/xml"}
                script = read_script(Answer(200, order.twiml.encode(), headers))
                talk.alerts.extend(script.alerts)
            else:
                script = self._fetch(talk, order.url, order.method, {}, "incoming")
            if not script.failed:
                self._follow(talk, script)
        except RingOff:
            pass

    def _report(self, talk: Conversation, order: Order, event: str) -> None:
        """How the call stands; the last word is told under `completed`, whatever it is."""
        if order.callback and event in order.events:
            params = self._parameters(talk)
            params["CallDuration"] = str(talk.call.seconds)
            self._ask(talk, order.callback, "POST", params, "status")

    def _talk(self, talk: Conversation) -> None:
        try:
            script = self._answer(talk)
            if talk.given.hang_up == "before_answer":
                talk.call.status = "no-answer"
                return
            self._follow(talk, script)
        except RingOff:
            pass

    def _follow(self, talk: Conversation, script: Script) -> None:
        """Perform documents until one has no successor."""
        for _ in range(MOST_DOCUMENTS):
            try:
                self._perform(talk, script)
                break
            except NextDocument as following:
                script = self._fetch(talk, following.url, following.method, following.more, "action")
                if script.failed:
                    break

    def _answer(self, talk: Conversation) -> Script:
        """The first document, from the fallback if need be."""
        routes = self._numbers.routes
        script = self._fetch(talk, talk.url, "POST", {}, "incoming")
        if script.failed and routes.voice_fallback_url:
            more = {"ErrorCode": str(script.alerts[0]), "ErrorUrl": talk.url.partition("#")[0]}
            script = self._fetch(talk, routes.voice_fallback_url, "POST", more, "fallback")
        if script.failed:
            talk.call.status = "failed"
            raise RingOff
        return script

    def _perform(self, talk: Conversation, script: Script) -> None:
        if not script.verbs and talk.call.status == "ringing":
            self._pick_up(talk)
        for index, verb in enumerate(script.verbs):
            if verb.name == "Reject":
                if index == 0 and talk.call.status == "ringing":
                    talk.reason = verb.attributes.get("reason", "rejected")
                    talk.call.status = "busy" if talk.reason == "busy" else "no-answer"
                raise RingOff
            self._pick_up(talk)
            if verb.name == "Hangup":
                raise RingOff
            if verb.name == "Redirect":
                raise NextDocument(verb.text, verb.attributes.get("method", "POST"), {})
            if verb.name == "Record":
                self._record(talk, verb)
            elif verb.name == "Gather":
                self._gather(talk, verb)
            else:
                self._hear(talk, verb)

    def _pick_up(self, talk: Conversation) -> None:
        if talk.call.status == "ringing":
            talk.call.status = "in-progress"
            talk.call.started = self._clock.now()

    def _hear(self, talk: Conversation, verb: Verb) -> None:
        if verb.name == "Pause":
            length = verb.attributes.get("length", "1")
            talk.seconds += int(length) if length.isdigit() else 1
        elif verb.text:
            talk.said.append(verb.text)
            talk.seconds += max(1, len(verb.text) // 15)

    def _gather(self, talk: Conversation, verb: Verb) -> None:
        for child in verb.children:
            self._hear(talk, child)
        if not talk.digits:
            return  # nothing was keyed in: the next verb
        keyed = talk.digits.pop(0).rstrip(verb.attributes.get("finishOnKey", "#") or " ")
        raise NextDocument(
            verb.attributes.get("action", ""), verb.attributes.get("method", "POST"), {"Digits": keyed}
        )

    def _record(self, talk: Conversation, verb: Verb) -> None:
        """Nothing said: the action is not asked and the next verb follows. Else the action decides."""
        if talk.given.hang_up == "before_beep":
            talk.caller_is_gone = True
            raise RingOff
        voice, talk.voice = talk.voice, None
        events = verb.attributes.get("recordingStatusCallbackEvent", "completed").replace(",", " ").split()
        if voice is None:
            silence = verb.attributes.get("timeout", "5")
            talk.seconds += int(silence) if silence.isdigit() else 5
            if "absent" in events:
                self._tell(talk, verb, {**_ABSENT, "RecordingSid": self._shelf.new_sid("RE")})
            return
        longest = verb.attributes.get("maxLength", "")
        limit = int(longest) if longest.isdigit() else LONGEST_RECORDING
        recording = self._keep(talk, voice, min(voice.seconds, limit))
        told = self._status_of(recording)
        digits = voice.digits
        if voice.seconds > limit:
            digits = ""
        elif digits != "hangup" and digits not in verb.attributes.get("finishOnKey", ANY_KEY):
            digits = "hangup"
        talk.caller_is_gone = digits == "hangup" or talk.given.hang_up == "after_recording"
        if talk.caller_is_gone:
            talk.call.status, digits = "completed", "hangup"
        if "in-progress" in events:
            self._tell(talk, verb, told | {"RecordingStatus": "in-progress"})
        if "completed" in events and self._faults.recording_callback == "before":
            self._tell(talk, verb, told)
        elif "completed" in events:
            self._tell_later(talk, verb, told)
        following = NextDocument(
            verb.attributes.get("action", ""),
            verb.attributes.get("method", "POST"),
            {
                "RecordingUrl": told["RecordingUrl"],
                "RecordingSid": recording.sid,
                "RecordingDuration": str(recording.seconds),
                "Digits": digits,
            },
        )
        if talk.caller_is_gone:
            # The action is still asked, but nobody is there to hear what it says.
            self._fetch(talk, following.url, following.method, following.more, "action")
            raise RingOff
        raise following

    def _keep(self, talk: Conversation, voice: Voice, seconds: int) -> Recording:
        attachment = voice.attachment
        recording = Recording(
            sid=self._shelf.new_sid("RE"),
            account_sid=talk.call.account_sid,
            call_sid=talk.call.sid,
            created=self._clock.now(),
            seconds=seconds,
            content_type=attachment.content_type if attachment else "audio/x-wav",
            content=attachment.content if attachment else sample("audio/x-wav", float(seconds)),
            built_in=attachment is None,
        )
        self._calls.add_recording(recording)
        talk.recordings.append(recording)
        talk.seconds += seconds
        return recording

    def _status_of(self, recording: Recording) -> dict[str, str]:
        """What a recording callback says. It names no caller: the call's id must be known."""
        return {
            "RecordingSid": recording.sid,
            "RecordingUrl": self._settings.media_url.rstrip("/") + recording.uri,
            "RecordingStatus": "completed",
            "RecordingDuration": str(recording.seconds),
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingStartTime": rfc2822(recording.created) or "",
            "RecordingTrack": "both",
            "ErrorCode": "0",
        }

    def _tell(self, talk: Conversation, verb: Verb, told: dict[str, str]) -> None:
        """At once."""
        self._tell_later(talk, verb, told)
        self._flush(talk)

    def _tell_later(self, talk: Conversation, verb: Verb, told: dict[str, str]) -> None:
        """After the action: the sound is ready a little later than the call goes on."""
        url = verb.attributes.get("recordingStatusCallback", "")
        if url:
            method = verb.attributes.get("recordingStatusCallbackMethod", "POST")
            params = MultiDict({"AccountSid": talk.call.account_sid, "CallSid": talk.call.sid} | told)
            talk.to_tell.append((urljoin(talk.url, url), method, params))

    def _flush(self, talk: Conversation) -> None:
        while talk.to_tell:
            url, method, params = talk.to_tell.pop(0)
            self._ask(talk, url, method, params, "recording")

    def _end(self, talk: Conversation) -> None:
        call = talk.call
        if call.status in ("ringing", "in-progress"):
            call.status = "completed"
        call.updated = self._clock.now()
        call.seconds = talk.seconds if call.started else 0
        call.ended = (call.started or call.created) + timedelta(seconds=call.seconds)
        self._flush(talk)
        if self._numbers.routes.status_callback:
            params = self._parameters(talk)
            params["CallDuration"], params["Duration"] = str(call.seconds), str(-(-call.seconds // 60))
            self._ask(talk, self._numbers.routes.status_callback, "POST", params, "status")
        for code in talk.alerts:
            self._ledger.record("alert", sid=call.sid, to=call.sender, code=code, message=ALERTS[code])
        self._show(talk, "out", talk.given.caller, call.to)

    def _show(self, talk: Conversation, direction: Literal["in", "out"], phone: str, peer: str) -> None:
        """The call as a line on the phone."""
        call = talk.call
        self._handsets.add(
            phone,
            direction,
            channel="voice",
            peer=peer,
            text=" ".join(talk.said),
            at=call.updated,
            sid=call.sid,
            call={
                "status": call.status,
                "reason": talk.reason,
                "seconds": call.seconds,
                "said": talk.said,
                "recordings": [each.sid for each in talk.recordings],
            },
        )

    def _parameters(self, talk: Conversation) -> Parameters:
        call, given = talk.call, talk.given
        params: Parameters = MultiDict(
            {
                "CallSid": call.sid,
                "AccountSid": call.account_sid,
                "From": call.sender,
                "To": call.to,
                "Caller": call.sender,
                "Called": call.to,
                "CallStatus": call.status,
                "Direction": call.direction,
                "ApiVersion": "2010-04-01",
                "FromCountry": country_of(call.sender),
                "ToCountry": country_of(call.to),
            }
        )
        if given.forwarded_from:
            params["ForwardedFrom"] = given.forwarded_from
        if given.caller_name:
            params["CallerName"] = given.caller_name
        for name, value in given.extra.items():
            params[name] = value
        return params

    def _fetch(self, talk: Conversation, url: str, method: str, more: dict[str, str], event: str) -> Script:
        """The document at an address; an empty address means the same document again."""
        params = self._parameters(talk)
        for name, value in more.items():
            params[name] = value
        answer = self._ask(talk, urljoin(talk.url, url), method, params, event, goes_on=True)
        self._flush(talk)
        return answer

    def _ask(
        self,
        talk: Conversation,
        url: str,
        method: str,
        params: Parameters,
        event: str,
        *,
        goes_on: bool = False,
    ) -> Script:
        if not self._numbers.is_ours(url):
            talk.alerts.append(11200)  # the stand-in talks to the product and to nobody else
            return Script(alerts=(11200,), failed=True)
        token = self._shelf.new_sid("")
        signature = talk.given.signature
        posted = self._postman.post(
            url, params, token, signature=signature, method=method.upper(), voice=True
        )
        for number, attempt in enumerate(posted.attempts, start=1):
            line = {"event": event, **attempt.as_json()}
            talk.requests.append(line)
            self._ledger.record(
                "voice",
                sid=talk.call.sid,
                to=talk.call.to,
                **{
                    "from": talk.call.sender,
                    "params": params.to_dict(),
                    "attempt": number,
                    "idempotency_token": token,
                    "signature": signature,
                    "response": posted.answer.body[:2000].decode("utf-8", "replace"),
                    **line,
                },
            )
        if not goes_on:
            if posted.answer.status is None or posted.answer.status >= 400:
                talk.alerts.append(11200)
            return Script()
        if posted.attempts:
            talk.url = posted.attempts[-1].url
        script = read_script(posted.answer)
        talk.alerts.extend(script.alerts)
        return script


_ABSENT = {
    "RecordingUrl": "",
    "RecordingStatus": "absent",
    "RecordingDuration": "0",
    "RecordingChannels": "1",
    "RecordingSource": "RecordVerb",
    "ErrorCode": "0",
}
