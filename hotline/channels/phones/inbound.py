"""The full parameter set the provider would post for a message, empty ones included: they are signed too."""

import base64
import json

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import country_of
from hotline.channels.phones.instructions import Instruction
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.webhook import Parameters

OPTIONAL = {
    "latitude": "Latitude",
    "longitude": "Longitude",
    "address": "Address",
    "label": "Label",
    "button_text": "ButtonText",
    "button_payload": "ButtonPayload",
    "list_title": "ListTitle",
    "list_id": "ListId",
    "list_description": "ListDescription",
    "opt_out_type": "OptOutType",
}
MESSAGE_TYPES = {
    "location": "location",
    "button": "interactive",
    "list": "interactive",
    "unsupported": "unsupported",
}
_MEDIA_TYPES = {"application": "document", "text": ""}  # what a vCard is called is not known: left out


def build_parameters(
    given: Instruction, sid: str, settings: PhonesSettings, media: list[tuple[str, str]]
) -> Parameters:
    """``media`` are pairs of URL and content type."""
    whatsapp = given.sender.channel == "whatsapp"
    body = given.text or given.button_text or given.list_title
    if given.encoding == "base64":
        body = base64.b64encode(body.encode()).decode()
    params: Parameters = MultiDict({"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid})
    params["AccountSid"] = settings.account_sid
    if settings.messaging_service_sid:
        params["MessagingServiceSid"] = settings.messaging_service_sid
    params["From"], params["To"], params["Body"] = given.sender.wire, given.to.wire, body
    params["NumMedia"] = str(len(media))
    params["NumSegments"] = "1" if whatsapp or media else str(count_segments(body))
    params["SmsStatus"], params["ApiVersion"] = "received", "2010-04-01"
    for index, (url, content_type) in enumerate(media):
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
    params = {"ProfileName": profile}
    if message_type := _message_type(given):
        params["MessageType"] = message_type
    if given.parent_external_user_id:
        params["ParentExternalUserId"] = "whatsapp:" + given.parent_external_user_id.removeprefix("whatsapp:")
    if given.sender.is_scoped_id:
        params["ExternalUserId"] = given.sender.wire
        if given.profile_username:
            params["ProfileUsername"] = given.profile_username
        return params
    wa_id = given.wa_id if given.wa_id is not None else given.sender.bare.lstrip("+")
    params |= {
        "WaId": wa_id,
        "Forwarded": _flag(given.forwarded),
        "FrequentlyForwarded": _flag(given.frequently_forwarded),
        "ReferralNumMedia": "0",
    }
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
        params |= _referral()
    return params


def _message_type(given: Instruction) -> str:
    if not given.media:
        return MESSAGE_TYPES.get(given.kind, "text")
    family = given.media[0].content_type.partition("/")[0]
    return _MEDIA_TYPES.get(family, family)


def _referral() -> dict[str, str]:
    """An advertisement was tapped; its picture is somebody else's, at a host that does not exist."""
    return {
        "ReferralBody": "Butuh bantuan? Tulis kepada kami.",
        "ReferralHeadline": "Hotline",
        "ReferralSourceId": "1200000000000000",
        "ReferralSourceType": "ad",
        "ReferralSourceUrl": "https://ads.example/1",
        "ReferralMediaId": "1300000000000000",
        "ReferralMediaContentType": "image/jpeg",
        "ReferralMediaUrl": "https://ads.example/1.jpg",
        "ReferralNumMedia": "1",
        "ReferralCtwaClid": "local-click-id",
    }


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


def _flag(value: bool) -> str:
    return "true" if value else "false"
