"""A phone writes: the instruction, checked, and the full parameter set the provider would post for it."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import Address, Channel, country_of, parse_address
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.webhook import Parameters

KINDS = ("text", "location", "button", "stop", "bsuid", "media", "referral")
ONLY_WHATSAPP = frozenset({"location", "button", "bsuid", "referral"})
OPTIONAL = {
    "latitude": "Latitude",
    "longitude": "Longitude",
    "address": "Address",
    "label": "Label",
    "button_text": "ButtonText",
    "button_payload": "ButtonPayload",
    "opt_out_type": "OptOutType",
}
MESSAGE_TYPES = {"location": "location", "button": "interactive"}


class BadInstruction(ValueError):
    """The control request makes no sense; nothing was sent."""


@dataclass(frozen=True)
class Instruction:
    """What ``POST /_control/inbound`` may say. ``extra`` goes over everything else, so that any body the
    provider may invent can be built."""

    sender: Address
    to: Address
    kind: str = "text"
    text: str = ""
    message_sid: str = ""
    wa_id: str | None = None
    external_user_id: str | None = None
    profile_name: str | None = None
    profile_username: str | None = None
    latitude: str = ""
    longitude: str = ""
    address: str = ""
    label: str = ""
    button_text: str = ""
    button_payload: str = ""
    opt_out_type: str = ""
    replied_to_sid: str = ""
    media: tuple[str, ...] = ()
    extra: dict[str, str] = field(default_factory=dict)
    signature: str = "right"


KNOWN = sorted({each.name for each in fields(Instruction)} - {"sender"} | {"from", "channel"})


def parse_instruction(data: Any, settings: PhonesSettings) -> Instruction:
    """Raises BadInstruction with a sentence for the person who wrote it."""
    if not isinstance(data, dict):
        raise BadInstruction("an object is wanted")
    unknown = sorted(set(data) - set(KNOWN))
    if unknown:
        raise BadInstruction(f"unknown: {', '.join(unknown)}; known: {', '.join(KNOWN)}")
    kind = data.get("kind", "text")
    if kind not in KINDS:
        raise BadInstruction(f"kind: one of {list(KINDS)}")
    channel = _channel(data.get("channel"), kind)
    sender = parse_address(str(data.get("from") or data.get("external_user_id") or ""), channel)
    if sender is None:
        raise BadInstruction("from: an E.164 number or a business-scoped user id")
    if kind == "bsuid" and not sender.is_scoped_id:
        raise BadInstruction("bsuid: from or external_user_id is such as GB.1234567890")
    signature = data.get("signature", "right")
    if signature not in ("right", "wrong", "none"):
        raise BadInstruction("signature: right, wrong or none")
    rest = {
        name: _optional_text(name, value)
        for name, value in data.items()
        if name not in ("from", "channel", "to", "kind", "extra", "media", "signature") and value is not None
    }
    if kind == "stop":
        rest.setdefault("text", "STOP")
    return Instruction(
        sender=sender,
        to=_our_number(data.get("to"), sender, settings),
        kind=kind,
        signature=signature,
        media=_media_types(data.get("media"), kind),
        extra={str(name): str(value) for name, value in _object(data.get("extra")).items()},
        **rest,
    )


def build_parameters(
    given: Instruction, sid: str, settings: PhonesSettings, media_urls: tuple[str, ...]
) -> Parameters:
    """Every parameter the provider sends for such a message, empty ones included: they are signed too."""
    whatsapp = given.sender.channel == "whatsapp"
    body = given.button_text if given.kind == "button" and not given.text else given.text
    params: Parameters = MultiDict({"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid})
    params["AccountSid"] = settings.account_sid
    if settings.messaging_service_sid:
        params["MessagingServiceSid"] = settings.messaging_service_sid
    params["From"], params["To"], params["Body"] = given.sender.wire, given.to.wire, body
    params["NumMedia"] = str(len(media_urls))
    params["NumSegments"] = "1" if whatsapp or media_urls else str(count_segments(body))
    params["SmsStatus"], params["ApiVersion"] = "received", "2010-04-01"
    for index, (url, content_type) in enumerate(zip(media_urls, given.media, strict=True)):
        params[f"MediaUrl{index}"], params[f"MediaContentType{index}"] = url, content_type
    for name, wire_name in OPTIONAL.items():
        if getattr(given, name):
            params[wire_name] = getattr(given, name)
    params.update(_whatsapp_parameters(given) if whatsapp else _geo_parameters(given))
    for name, value in given.extra.items():
        params[name] = value
    return params


def _whatsapp_parameters(given: Instruction) -> dict[str, str]:
    profile = given.profile_name or "Sari"
    kind = given.media[0].partition("/")[0] if given.media else MESSAGE_TYPES.get(given.kind, "text")
    params = {"MessageType": kind, "ProfileName": profile}
    if given.sender.is_scoped_id:
        params["ExternalUserId"] = given.sender.wire
        if given.profile_username:
            params["ProfileUsername"] = given.profile_username
        return params
    wa_id = given.wa_id if given.wa_id is not None else given.sender.bare.lstrip("+")
    params |= {"WaId": wa_id, "Forwarded": "false", "FrequentlyForwarded": "false", "ReferralNumMedia": "0"}
    if given.external_user_id:
        params["ExternalUserId"] = "whatsapp:" + given.external_user_id.removeprefix("whatsapp:")
    context = {"ProfileName": profile, "WaId": wa_id}
    if given.button_text:
        context["ButtonText"] = given.button_text
    metadata = {"type": "whatsapp", "data": {"context": context}}
    params["ChannelMetadata"] = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)
    if given.replied_to_sid:
        params["OriginalRepliedMessageSid"] = given.replied_to_sid
        params["OriginalRepliedMessageSender"] = given.to.wire
    if given.kind == "referral":
        params |= {
            "ReferralBody": "Butuh bantuan? Tulis kepada kami.",
            "ReferralHeadline": "Hotline",
            "ReferralSourceId": "1200000000000000",
            "ReferralSourceType": "ad",
            "ReferralSourceUrl": "https://ads.example/1",
            "ReferralCtwaClid": "local-click-id",
        }
    return params


def _geo_parameters(given: Instruction) -> dict[str, str]:
    params: dict[str, str] = {}
    for side, number in (("From", given.sender.bare), ("To", given.to.bare)):
        params |= {
            f"{side}Country": country_of(number),
            f"{side}State": "",
            f"{side}City": "",
            f"{side}Zip": "",
        }
    return params


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


def _media_types(value: Any, kind: str) -> tuple[str, ...]:
    types = value if value is not None else (["image/png"] if kind == "media" else [])
    if not isinstance(types, list) or len(types) > 10 or not all(isinstance(each, str) for each in types):
        raise BadInstruction("media: a list of at most ten content types, such as image/png")
    return tuple(types)


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInstruction("extra: an object of parameter -> text")
    return value


def _optional_text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInstruction(f"{name}: a text")
    return str(value)
