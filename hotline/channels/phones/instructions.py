"""What ``POST /_control/inbound`` may say, checked before anything is sent."""

import base64
import binascii
from dataclasses import dataclass, field, fields, replace
from typing import Any

from hotline.channels.phones.addresses import Address, Channel, parse_address
from hotline.channels.phones.media import Attachment
from hotline.channels.phones.samples import TYPES, sample
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.sound import NotOpus, webm_to_ogg
from hotline.channels.phones.specimens import SPECIMENS
from hotline.channels.phones.webhook import SIGNATURES

WORDS = {"stop": "STOP", "start": "START", "help": "HELP"}  # kinds that are one word
ONLY_WHATSAPP = frozenset({"location", "button", "list", "quote", "forwarded", "bsuid", "referral"})
KINDS = ("text", "media", *TYPES, *WORDS, *sorted(ONLY_WHATSAPP), "unsupported")
ORDERS = ("given", "reversed", "shuffled")
MOST_MEDIA_BYTES = 20 * 1024 * 1024
MOST_MEDIA = 10
MOST_PARTS = 20


class BadInstruction(ValueError):
    """The control request makes no sense; nothing was sent."""


@dataclass(frozen=True)
class Instruction:
    """One message to write. ``extra`` goes over everything else, so that any body the provider may invent can
    be built."""

    sender: Address
    to: Address
    kind: str = "text"
    text: str = ""
    message_sid: str = ""
    wa_id: str | None = None
    external_user_id: str | None = None
    parent_external_user_id: str | None = None
    profile_name: str | None = None
    profile_username: str | None = None
    latitude: str = ""
    longitude: str = ""
    address: str = ""
    label: str = ""
    button_text: str = ""
    button_payload: str = ""
    list_title: str = ""
    list_id: str = ""
    list_description: str = ""
    opt_out_type: str = ""
    replied_to_sid: str = ""
    forwarded: bool = False
    frequently_forwarded: bool = False
    media: tuple[Attachment, ...] = ()
    seconds: float = 3.0
    encoding: str = ""
    parts: int = 1
    order: str = "given"
    lost_parts: tuple[int, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    signature: str = "right"

    def in_parts(self) -> list["Instruction"]:
        """A long text cut into pieces of about the same length, each a message of its own."""
        if self.parts == 1:
            return [self]
        size = max(1, -(-len(self.text) // self.parts))
        pieces = [self.text[start : start + size] for start in range(0, len(self.text), size)]
        return [replace(self, text=piece, parts=1, message_sid="") for piece in pieces]


KNOWN = sorted({each.name for each in fields(Instruction)} - {"sender"} | {"from", "channel", "specimen"})
# Read by name below; all other fields are texts.
_SPECIAL = {"from", "channel", "specimen", "to", "kind", "extra", "media", "signature", "forwarded"}
_SPECIAL |= {"frequently_forwarded", "seconds", "encoding", "parts", "order", "lost_parts"}


def parse_instruction(data: Any, settings: PhonesSettings) -> Instruction:
    """Raises BadInstruction with a sentence for the person who wrote it."""
    if not isinstance(data, dict):
        raise BadInstruction("an object is wanted")
    data = _with_specimen(data)
    unknown = sorted(set(data) - set(KNOWN))
    if unknown:
        raise BadInstruction(f"unknown: {', '.join(unknown)}; known: {', '.join(KNOWN)}")
    kind = _choice(data, "kind", KINDS)
    sender = parse_address(
        str(data.get("from") or data.get("external_user_id") or ""), _channel(data.get("channel"), kind)
    )
    if sender is None:
        raise BadInstruction("from: an E.164 number or a business-scoped user id")
    if kind == "bsuid" and not sender.is_scoped_id:
        raise BadInstruction("bsuid: from or external_user_id is such as GB.1234567890")
    texts = {
        name: _text(name, value) for name, value in data.items() if name not in _SPECIAL and value is not None
    }
    if data.get("parts", 1) != 1 and not texts.get("text"):
        raise BadInstruction("parts: of a text")
    if kind in WORDS:
        texts.setdefault("text", WORDS[kind])
    seconds = float(_number(data, "seconds", 3, 1, 300))
    return Instruction(
        sender=sender,
        to=_our_number(data.get("to"), sender, settings),
        kind=kind,
        signature=_choice(data, "signature", SIGNATURES),
        media=_media(data.get("media"), kind, seconds),
        seconds=seconds,
        forwarded=_flag(data, "forwarded") or kind == "forwarded",
        frequently_forwarded=_flag(data, "frequently_forwarded"),
        encoding=_choice(data, "encoding", ("", "base64")),
        parts=_number(data, "parts", 1, 1, MOST_PARTS),
        order=_choice(data, "order", ORDERS),
        lost_parts=_lost(data.get("lost_parts")),
        extra={str(name): str(value) for name, value in _object(data.get("extra")).items()},
        **texts,
    )


def decode_attachment(given: dict[str, Any], seconds: float) -> Attachment:
    """``{"sample": "photo"}``, ``{"content_type": …}`` or ``{"content_type": …, "base64": …, "filename": …}``.

    A browser's recording (Opus in WebM) becomes what a phone would have sent (Opus in Ogg).
    """
    unknown = set(given) - {"sample", "content_type", "base64", "filename"}
    name = given.get("sample")
    if unknown or (name is not None and name not in TYPES):
        raise BadInstruction(f"media: sample (one of {list(TYPES)}), or content_type, base64 and filename")
    content_type = TYPES[name] if name else str(given.get("content_type") or "").strip()
    if "/" not in content_type or not content_type.isprintable():
        raise BadInstruction("media: content_type is such as image/jpeg")
    filename = str(given.get("filename") or "")[:200]
    if given.get("base64") is None:
        return Attachment(content_type, sample(content_type, seconds), filename)
    try:
        content = base64.b64decode(str(given["base64"]), validate=True)
    except (binascii.Error, ValueError) as mistake:
        raise BadInstruction("media: base64 is not base64") from mistake
    if len(content) > MOST_MEDIA_BYTES:
        raise BadInstruction(f"media: at most {MOST_MEDIA_BYTES} bytes")
    content_type = content_type.partition(";")[0].strip()  # browsers add the codec
    if content_type == "audio/webm":
        try:
            return Attachment("audio/ogg", webm_to_ogg(content), filename)
        except NotOpus as mistake:
            raise BadInstruction(f"media: {mistake}") from mistake
    return Attachment(content_type, content, filename)


def _with_specimen(data: dict[str, Any]) -> dict[str, Any]:
    name = data.get("specimen")
    if name is None:
        return data
    if name not in SPECIMENS:
        raise BadInstruction(f"specimen: one of {list(SPECIMENS)}")
    return {**SPECIMENS[name], **data}


def _channel(value: Any, kind: str) -> Channel:
    only_whatsapp = kind in ONLY_WHATSAPP
    if value not in (None, "", "sms", "whatsapp") or (only_whatsapp and value == "sms"):
        raise BadInstruction("channel: sms or whatsapp, and whatsapp for " + ", ".join(sorted(ONLY_WHATSAPP)))
    return "whatsapp" if only_whatsapp or value == "whatsapp" else "sms"


def _our_number(text: Any, sender: Address, settings: PhonesSettings) -> Address:
    ours = settings.whatsapp_number if sender.channel == "whatsapp" else settings.sms_number
    to = parse_address(str(text or ours), sender.channel)
    if to is None or to.bare != ours or to.channel != sender.channel:
        raise BadInstruction(f"to: the hotline listens at {Address(sender.channel, ours).wire}")
    return to


def _media(value: Any, kind: str, seconds: float) -> tuple[Attachment, ...]:
    if value is None:
        value = [{"sample": kind}] if kind in TYPES else ["image/png"] if kind == "media" else []
    if not isinstance(value, list) or len(value) > MOST_MEDIA:
        raise BadInstruction("media: a list of at most ten content types or objects")
    made = []
    for each in value:
        if not isinstance(each, str | dict):
            raise BadInstruction("media: a list of at most ten content types or objects")
        made.append(decode_attachment({"content_type": each} if isinstance(each, str) else each, seconds))
    return tuple(made)


def _choice(data: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = data.get(name, choices[0])
    if value not in choices:
        raise BadInstruction(f"{name}: one of {list(choices)}")
    return str(value)


def _flag(data: dict[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise BadInstruction(f"{name}: true or false")
    return value


def _number(data: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadInstruction(f"{name}: a whole number from {least} to {most}")
    return value


def _lost(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, int) for each in value):
        raise BadInstruction("lost_parts: a list of part numbers, from 1")
    return tuple(value)


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInstruction("extra: an object of parameter -> text")
    return value


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInstruction(f"{name}: a text")
    return str(value)
