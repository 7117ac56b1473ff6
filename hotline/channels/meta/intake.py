"""From a message of the Cloud API to what `take_message` takes, as the Twilio channel does for its forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.rules.message_form import decoded_guess, part_of
from cases.rules.phone_numbers import Address, parse_address
from cases.services.attachments import Media
from cases.vocabulary import Channel, IdentifierKind
from escalation.services.take_message import Inbound
from hotline.channels.meta.payload import Received
from hotline.media.meta_media import SCHEME

MEDIA_TYPES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
# What is read of a message; the rest is kept with it.
_READ = frozenset(
    {
        "id", "from", "from_user_id", "from_parent_user_id", "timestamp", "type", "text", "button", "interactive",
        "location", "contacts", "context", "referral", "reaction", *MEDIA_TYPES,
    }
)  # fmt: skip
_CARRIES = frozenset({"location", "button", "list_reply", "flow", "media", "reaction", "contact_card"})


def inbound_of(received: Received, *, spooled_at: datetime | None = None) -> Inbound:
    """Read one message. Raises ValueError for one without a sender."""
    message = received.message
    kind = str(message.get("type") or "")
    body = _body(message, kind)
    content = _content(message, received.contact, kind, body)
    if spooled_at is not None:
        content["came"] = {"by": "spool", "sent_at": spooled_at.isoformat()}
    unread = {name: value for name, value in message.items() if name not in _READ}
    return Inbound(
        sid=str(message["id"]),
        addresses=_addresses(message, received.contact),
        body=body,
        profile_name=_get(received.contact, "profile", "name"),
        content=content or None,
        extra=unread or None,
        media=_media(message, kind),
        words=str(content["decoded_guess"]) if "decoded_guess" in content else None,
        received_at=spooled_at,
    )


def _addresses(message: dict[str, Any], contact: dict[str, Any]) -> tuple[Address, ...]:
    """Every identifier, the number first where it is told; somebody with a username may have none."""
    found: list[Address] = []
    for number in (message.get("from"), contact.get("wa_id")):
        if isinstance(number, str) and number.isdigit():
            kind = IdentifierKind.WHATSAPP_ID if found else IdentifierKind.PHONE
            address = parse_address(f"whatsapp:+{number}")
            if address and all(address.value != known.value for known in found):
                found.append(Address(Channel.WHATSAPP, kind, address.value, address.country))
    ids = (message.get("from_user_id") or contact.get("user_id"), message.get("from_parent_user_id"))
    for user_id in ids:
        address = parse_address(f"whatsapp:{user_id}") if isinstance(user_id, str) else None
        if address and all(address.value != known.value for known in found):
            found.append(address)
    if not found:
        raise ValueError("a message from nobody")
    return tuple(found)


def _body(message: dict[str, Any], kind: str) -> str:
    if kind in MEDIA_TYPES:
        return _get(message, kind, "caption") or ""
    where = {
        "text": ("text", "body"),
        "button": ("button", "text"),
        "reaction": ("reaction", "emoji"),
        "system": ("system", "body"),
    }
    if kind in where:
        return _get(message, *where[kind]) or ""
    if kind == "interactive":
        return (
            _get(message, "interactive", "button_reply", "title")
            or _get(message, "interactive", "list_reply", "title")
            or ""
        )
    return ""


def _content(message: dict[str, Any], contact: dict[str, Any], kind: str, body: str) -> dict[str, Any]:
    """Everything but the words, under the names the Twilio channel uses; empty for plain words."""
    content = _choices(message) | _place(message) | _context(message)
    medium = message.get(kind) if kind in MEDIA_TYPES else None
    if isinstance(medium, dict):
        content["media"] = {"count": 1, "types": [str(medium.get("mime_type") or "")]}
    if kind == "contacts":
        content["contact_card"] = True
    if kind == "reaction":
        content["reaction"] = {"sid": _get(message, "reaction", "message_id")}
    if isinstance(message.get("referral"), dict):
        content["referral"] = {name: str(value) for name, value in message["referral"].items()}
    if username := _get(contact, "profile", "username"):
        content["username"] = username
    if (guess := decoded_guess(body)) is not None:
        content["decoded_guess"] = guess
    if part := part_of(body):
        content["part"] = {"number": part.number, "of": part.of}
    if kind == "system" or (not body.strip() and not content.keys() & _CARRIES):
        content["unsupported"] = {"type": kind or None}
    return content


def _choices(message: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    button, reply = message.get("button"), _find(message, "interactive", "button_reply")
    if isinstance(button, dict):
        content["button"] = {"text": button.get("text"), "payload": button.get("payload")}
    elif isinstance(reply, dict):
        content["button"] = {"text": reply.get("title"), "payload": reply.get("id")}
    line = _find(message, "interactive", "list_reply")
    if isinstance(line, dict):
        content["list_reply"] = {name: line.get(name) for name in ("id", "title", "description")}
    flow = _find(message, "interactive", "nfm_reply")
    if isinstance(flow, dict):
        content["flow"] = flow
    return content


def _place(message: dict[str, Any]) -> dict[str, Any]:
    place = message.get("location")
    if not isinstance(place, dict) or "latitude" not in place or "longitude" not in place:
        return {}
    found = {"latitude": place["latitude"], "longitude": place["longitude"]}
    found |= {"address": place.get("address"), "label": place.get("name")}
    return {"location": {name: str(value) for name, value in found.items() if value is not None}}


def _context(message: dict[str, Any]) -> dict[str, Any]:
    context = message.get("context")
    if not isinstance(context, dict):
        return {}
    content: dict[str, Any] = {}
    if context.get("id"):
        content["reply_to"] = {"sid": context["id"], "sender": context.get("from")}
    if context.get("frequently_forwarded"):
        content["forwarded"] = "often"
    elif context.get("forwarded"):
        content["forwarded"] = "once"
    return content


def _media(message: dict[str, Any], kind: str) -> tuple[Media, ...]:
    """What came with it, by its id: the address of the bytes is asked for when they are fetched."""
    medium = message.get(kind) if kind in MEDIA_TYPES else None
    media_id = _get(medium, "id") if isinstance(medium, dict) else None
    if medium is None or not media_id:
        return ()
    return (Media(f"{SCHEME}{media_id}", str(medium.get("mime_type") or "")[:200]),)


def _find(of: Any, *names: str) -> Any:
    for name in names:
        of = of.get(name) if isinstance(of, dict) else None
    return of


def _get(of: Any, *names: str) -> str | None:
    value = _find(of, *names)
    return value if isinstance(value, str) else None
