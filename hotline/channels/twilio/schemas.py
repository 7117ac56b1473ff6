"""Twilio's parameters: what we read of them. What we do not know is kept, not refused."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from cases.rules.phone_numbers import Address, parse_address
from cases.services.attachments import Media
from cases.vocabulary import Channel, IdentifierKind

NUL_MARK = "␀"
# Twilio attaches ten at most.
MOST_MEDIA = 10


class _Wire(Schema):
    """Unknown parameters stay in the result: Twilio adds some without notice."""

    class Meta:
        unknown = INCLUDE


class InboundSchema(_Wire):
    """`POST /twilio/messages`, SMS and WhatsApp."""

    sid = fields.String(data_key="MessageSid", required=True, validate=validate.Length(min=2, max=64))
    account_sid = fields.String(data_key="AccountSid", required=True)
    sender = fields.String(data_key="From", required=True, validate=validate.Length(min=1, max=200))
    body = fields.String(data_key="Body", load_default="")
    profile_name = fields.String(data_key="ProfileName", load_default=None)
    wa_id = fields.String(data_key="WaId", load_default=None)
    external_user_id = fields.String(data_key="ExternalUserId", load_default=None)
    parent_external_user_id = fields.String(data_key="ParentExternalUserId", load_default=None)


class CallSchema(_Wire):
    """`POST /twilio/voice` and what follows a call: its end, its recording."""

    sid = fields.String(data_key="CallSid", required=True, validate=validate.Length(min=2, max=64))
    account_sid = fields.String(data_key="AccountSid", required=True)
    sender = fields.String(data_key="From", load_default="")
    status = fields.String(data_key="CallStatus", load_default=None)
    forwarded_from = fields.String(data_key="ForwardedFrom", load_default=None)
    seconds = fields.String(data_key="CallDuration", load_default=None)
    recording_sid = fields.String(data_key="RecordingSid", load_default=None)
    recording_url = fields.String(data_key="RecordingUrl", load_default=None)
    recording_seconds = fields.String(data_key="RecordingDuration", load_default=None)
    recording_status = fields.String(data_key="RecordingStatus", load_default=None)
    digits = fields.String(data_key="Digits", load_default=None)


class PageCallSchema(_Wire):
    """What Twilio tells of a call that we make: how it stands, and which key was pressed."""

    sid = fields.String(data_key="CallSid", required=True, validate=validate.Length(min=2, max=64))
    account_sid = fields.String(data_key="AccountSid", required=True)
    status = fields.String(data_key="CallStatus", load_default="", validate=validate.Length(max=40))
    digits = fields.String(data_key="Digits", load_default="", validate=validate.Length(max=40))


class StatusSchema(_Wire):
    """`POST /twilio/status`. A status we have no word for is stored all the same."""

    sid = fields.String(data_key="MessageSid", required=True, validate=validate.Length(min=2, max=64))
    account_sid = fields.String(data_key="AccountSid", required=True)
    status = fields.String(data_key="MessageStatus", required=True, validate=validate.Length(min=1, max=40))
    error_code = fields.Integer(data_key="ErrorCode", load_default=0)


# Texts that `content` reads as they stand in the form: a schema of thirty fields would cost each message more than
# its triage does.
CONTENT_FIELDS = frozenset(
    [
        "Latitude", "Longitude", "Address", "Label", "ButtonText", "ButtonPayload", "OptOutType", "MessageType",
        "Username", "ProfileUsername", "ListId", "ListTitle", "ListDescription", "InteractiveData", "FlowData",
        "OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "Forwarded", "FrequentlyForwarded",
        "ChannelMetadata",
    ]
)  # fmt: skip
_MEDIA_FIELDS = tuple((f"MediaUrl{number}", f"MediaContentType{number}") for number in range(MOST_MEDIA))
_READ_FIELDS = (
    CONTENT_FIELDS
    | {field.data_key for field in InboundSchema().fields.values()}
    | {name for pair in _MEDIA_FIELDS for name in pair}
)


def addresses_of(values: dict[str, Any]) -> tuple[Address, ...]:
    """Every identifier the message carries, the one to answer to first.

    A sender that is neither a number nor a WhatsApp id (alphanumeric, hidden) is kept as it is written: it
    can hardly be answered, but what it said must not be lost.
    """
    sender = values["sender"]
    first = parse_address(sender) or Address(
        Channel.WHATSAPP if sender.startswith("whatsapp:") else Channel.SMS,
        IdentifierKind.PHONE,
        sender,
        None,
    )
    found = [first]
    wa_id = values.get("wa_id")
    if wa_id and wa_id.isdigit() and f"+{wa_id}" != first.value:
        found.append(Address(Channel.WHATSAPP, IdentifierKind.WHATSAPP_ID, f"+{wa_id}", None))
    for key in ("external_user_id", "parent_external_user_id"):
        text = values.get(key)
        user_id = (
            parse_address(text if text.startswith("whatsapp:") else f"whatsapp:{text}") if text else None
        )
        if user_id and user_id.kind is IdentifierKind.BSUID:
            found.append(user_id)
    return tuple({address.value: address for address in reversed(found)}.values())[::-1]


def media_of(values: dict[str, Any]) -> tuple[Media, ...]:
    """What came with the message, in order. Addresses are taken as they are; the fetching judges them."""
    if "MediaUrl0" not in values:
        return ()
    named = [(str(values.get(url, "")), str(values.get(kind, ""))) for url, kind in _MEDIA_FIELDS]
    return tuple(
        Media(url.replace("\x00", NUL_MARK), kind.replace("\x00", NUL_MARK)[:200])
        for url, kind in named
        if url
    )


def unread_parameters(form: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters that no field above reads, to be kept with the message."""
    return {
        name: value
        for name, value in form.items()
        if name not in _READ_FIELDS and not name.startswith("Referral")
    } or None
