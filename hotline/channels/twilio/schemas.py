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
    latitude = fields.String(data_key="Latitude", load_default=None)
    longitude = fields.String(data_key="Longitude", load_default=None)
    address = fields.String(data_key="Address", load_default=None)
    label = fields.String(data_key="Label", load_default=None)
    button_text = fields.String(data_key="ButtonText", load_default=None)
    button_payload = fields.String(data_key="ButtonPayload", load_default=None)
    opt_out = fields.String(data_key="OptOutType", load_default=None)


class StatusSchema(_Wire):
    """`POST /twilio/status`. A status we have no word for is stored all the same."""

    sid = fields.String(data_key="MessageSid", required=True, validate=validate.Length(min=2, max=64))
    account_sid = fields.String(data_key="AccountSid", required=True)
    status = fields.String(data_key="MessageStatus", required=True, validate=validate.Length(min=1, max=40))
    error_code = fields.Integer(data_key="ErrorCode", load_default=0)


_MEDIA_FIELDS = tuple((f"MediaUrl{number}", f"MediaContentType{number}") for number in range(MOST_MEDIA))
_READ_FIELDS = {field.data_key for field in InboundSchema().fields.values()} | {
    name for pair in _MEDIA_FIELDS for name in pair
}


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


def content_of(values: dict[str, Any]) -> dict[str, Any] | None:
    """What the message carries besides words: a place, a pressed button, an opt-out keyword."""
    content: dict[str, Any] = {}
    if values.get("latitude") and values.get("longitude"):
        content["location"] = {
            name: values[name] for name in ("latitude", "longitude", "address", "label") if values.get(name)
        }
    if values.get("button_text") or values.get("button_payload"):
        content["button"] = {"text": values.get("button_text"), "payload": values.get("button_payload")}
    if values.get("opt_out"):
        content["opt_out"] = values["opt_out"]
    return content or None


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
    return {name: value for name, value in form.items() if name not in _READ_FIELDS} or None
