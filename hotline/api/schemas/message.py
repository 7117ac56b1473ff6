"""Messages, notes and what the machine saw in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from cases.models import Attachment, Message, Note
from cases.queries.sending import Sending
from cases.services.notes import LONGEST_NOTE
from cases.services.replies import LONGEST_REPLY
from cases.vocabulary import (
    AttemptOutcome,
    Category,
    Channel,
    Delivery,
    Direction,
    MessageKind,
    Outlook,
    Urgency,
)
from hotline.api.schemas.attachment import AttachmentSchema, show_attachment
from hotline.api.schemas.fields import Body, Shown, Words, word
from hotline.api.schemas.user import UserSchema, show_user

# These carry links and codes that speak for the agency that got them; they are nobody else's to read.
_NOT_FOR_OTHERS = frozenset({MessageKind.PAGE, MessageKind.REFERRAL, MessageKind.PARTNER_EVENT})
_TRIAGE = ("urgency", "categories", "language")
_EVIDENCE = ("term", "start", "end", "category", "urgency")


class EvidenceSchema(Shown):
    """Words of the message that count, and for what. `start` and `end` count characters of `body`."""

    term = fields.String(required=True)
    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    category = word(Category, required=True, allow_none=True)
    urgency = word(Urgency, required=True, allow_none=True)
    negated = fields.Boolean(required=True, metadata={"description": "The words deny it: it did not count"})


class TriageSchema(Shown):
    """What the machine made of a message."""

    urgency = word(Urgency, required=True)
    categories = fields.List(word(Category), required=True)
    language = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class MessageSchema(Shown):
    """One message, in or out. Numbers are not shown."""

    id = fields.UUID(required=True)
    direction = word(Direction, required=True)
    kind = word(MessageKind, required=True)
    channel = word(Channel, required=True)
    body = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Null until it is worded, and for calls to duty contacts"},
    )
    created_at = fields.AwareDateTime(required=True)
    delivery = word(Delivery, required=True, allow_none=True)
    error_code = fields.Integer(required=True, allow_none=True)
    triage = fields.Nested(TriageSchema, required=True, allow_none=True)
    content = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    provider_sid = fields.String(required=True, allow_none=True)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)


class AttemptSchema(Shown):
    """One attempt to send. Without an outcome it is under way, or was cut short."""

    number = fields.Integer(required=True)
    began_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = word(AttemptOutcome, required=True, allow_none=True)
    code = fields.Integer(required=True, allow_none=True)


class ReceiptSchema(Shown):
    """One status the provider reported."""

    status = fields.String(required=True)
    error_code = fields.Integer(required=True)
    received_at = fields.AwareDateTime(required=True)


class SendingSchema(Shown):
    """The way of an outgoing message: what was tried, what came back, what happens next."""

    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
    next = word(Outlook, required=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    replaces = fields.UUID(required=True, allow_none=True)
    replaced_by = fields.UUID(required=True, allow_none=True)


class SentMessageSchema(MessageSchema):
    """A message in the file of its case."""

    sending = fields.Nested(
        SendingSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null for what came in"},
    )


class NoteSchema(Shown):
    """What staff wrote for each other."""

    id = fields.UUID(required=True)
    author = fields.Nested(UserSchema, required=True)
    body = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class ReplyBody(Body):
    """Words to the reporter."""

    body = Words(required=True, validate=validate.Length(min=1, max=LONGEST_REPLY))
    tells_nothing = fields.Boolean(
        load_default=False,
        metadata={
            "description": "The words tell nothing of the worker: needed where the reporter writes for another and"
            " may not learn of her (`GET /cases/{reference}/parties`)"
        },
    )


class NoteBody(Body):
    """Words to colleagues."""

    body = Words(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


def show_triage(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the machine saw; nothing for a message it did not judge."""
    if not stored:
        return None
    shown: dict[str, Any] = {name: stored[name] for name in _TRIAGE}
    shown["urgency"] = Urgency(shown["urgency"])
    shown["categories"] = [Category(name) for name in shown["categories"]]
    shown["evidence"] = [
        {
            **{name: found[name] for name in _EVIDENCE},
            "category": Category(found["category"]) if found["category"] else None,
            "urgency": Urgency(found["urgency"]) if found["urgency"] else None,
            "negated": found.get("negated", False),
        }
        for found in stored.get("evidence", ())
    ]
    return shown


def show_message(message: Message, attachments: Sequence[Attachment] = ()) -> dict[str, Any]:
    """One message without the address it came from or went to."""
    return {
        "id": message.id,
        "direction": message.direction,
        "kind": message.kind,
        "channel": message.channel,
        "body": None if message.kind in _NOT_FOR_OTHERS else message.body,
        "created_at": message.created_at,
        "delivery": message.delivery,
        "error_code": message.error_code,
        "triage": show_triage(message.triage),
        "content": message.content,
        "provider_sid": message.provider_sid,
        "attachments": [show_attachment(attachment) for attachment in attachments],
    }


def show_sending(sending: Sending | None) -> dict[str, Any] | None:
    """The way of an outgoing message; nothing for what came in."""
    if sending is None:
        return None
    return {
        "attempts": [
            {name: getattr(one, name) for name in ("number", "began_at", "ended_at", "outcome", "code")}
            for one in sending.attempts
        ],
        "receipts": [
            {name: getattr(one, name) for name in ("status", "error_code", "received_at")}
            for one in sending.receipts
        ],
        "next": sending.next,
        "next_at": sending.next_at,
        "replaces": sending.message.replaces_id,
        "replaced_by": sending.replaced_by,
    }


def show_note(note: Note) -> dict[str, Any]:
    """One note."""
    return {
        "id": note.id, "author": show_user(note.author), "body": note.body, "created_at": note.created_at,
    }  # fmt: skip
