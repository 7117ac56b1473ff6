"""What ``POST /_control/call`` may say, checked before anybody's phone rings."""

from dataclasses import dataclass, field
from typing import Any

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.instructions import BadInstruction, decode_attachment
from hotline.channels.phones.media import Attachment
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.webhook import SIGNATURES

HIDDEN = "+266696687"  # spells ANONYMOUS on a telephone's keys
HANG_UPS = ("never", "before_answer", "before_beep", "after_recording")
MOST_SECONDS = 300
_FIELDS = (
    "from", "to", "hidden", "recording", "digits", "hang_up", "forwarded_from", "caller_name", "call_sid",
    "extra", "signature",
)  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """What the caller says after the beep, and the key that ends it; ``hangup`` when the caller rings off."""

    seconds: int
    attachment: Attachment | None = None
    digits: str = "hangup"


@dataclass(frozen=True)
class Dialling:
    """One call to make. Without ``voice`` the caller says nothing and the recording is empty."""

    sender: str
    to: str
    voice: Voice | None = None
    digits: tuple[str, ...] = ()
    hang_up: str = "never"
    forwarded_from: str = ""
    caller_name: str = ""
    call_sid: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    signature: str = "right"
    caller: str = ""  # whose phone it is, also when the number is hidden


def parse_dialling(data: dict[str, Any], settings: PhonesSettings) -> Dialling:
    """Raises BadInstruction with a sentence for the person who wrote it."""
    unknown = sorted(set(data) - set(_FIELDS))
    if unknown:
        raise BadInstruction(f"unknown: {', '.join(unknown)}; known: {', '.join(_FIELDS)}")
    caller = parse_address(str(data.get("from") or ""))
    if caller is None or caller.is_scoped_id:
        raise BadInstruction("from: an E.164 number")
    to = parse_address(str(data.get("to") or settings.sms_number))
    if to is None or to.bare not in (settings.sms_number, settings.whatsapp_number):
        raise BadInstruction(f"to: the hotline is called at {settings.sms_number}")
    hang_up, signature = data.get("hang_up", "never"), data.get("signature", "right")
    if hang_up not in HANG_UPS or signature not in SIGNATURES:
        raise BadInstruction(f"hang_up: one of {list(HANG_UPS)}; signature: one of {list(SIGNATURES)}")
    digits = data.get("digits", [])
    if not isinstance(digits, str | list):
        raise BadInstruction("digits: what is keyed in, one text for each time it is asked for")
    extra = data.get("extra") or {}
    if not isinstance(extra, dict):
        raise BadInstruction("extra: an object of parameter -> text")
    return Dialling(
        sender=HIDDEN if data.get("hidden") else caller.bare,
        to=to.bare,
        voice=_voice(data.get("recording")),
        digits=(digits,) if isinstance(digits, str) else tuple(str(each) for each in digits),
        hang_up=hang_up,
        forwarded_from=str(data.get("forwarded_from") or ""),
        caller_name=str(data.get("caller_name") or ""),
        call_sid=str(data.get("call_sid") or ""),
        extra={str(name): str(value) for name, value in extra.items()},
        signature=signature,
        caller=caller.bare,
    )


def _voice(given: Any) -> Voice | None:
    """``true``, or ``{"seconds": 23, "digits": "#", "content_type": …, "base64": …}``."""
    if given in (None, False):
        return None
    if given is True:
        return Voice(seconds=5)
    if not isinstance(given, dict) or set(given) - {"seconds", "digits", "content_type", "base64"}:
        raise BadInstruction("recording: true, or an object with seconds, digits, content_type and base64")
    seconds = given.get("seconds", 5)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= MOST_SECONDS:
        raise BadInstruction(f"recording: seconds from 1 to {MOST_SECONDS}")
    attachment = None
    if given.get("base64") is not None:
        kind = given.get("content_type") or "audio/wav"
        attachment = decode_attachment({"content_type": kind, "base64": given["base64"]}, seconds)
    return Voice(seconds, attachment, str(given.get("digits") or "hangup"))
