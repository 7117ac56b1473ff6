"""What an incoming message carries besides its words, as one object that console and API show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cases.rules.message_form import decoded_guess, part_of

_LONGEST_JSON = 20_000
_DEEPEST_JSON = 8
_CARD_TYPES = frozenset(["text/vcard", "text/x-vcard", "text/directory"])
_REFERRAL = "Referral"
_REFERRAL_FIELDS = {
    "Body": "body",
    "Headline": "headline",
    "SourceId": "source_id",
    "SourceType": "source_type",
    "SourceUrl": "source_url",
    "MediaId": "media_id",
    "MediaContentType": "media_content_type",
    "MediaUrl": "media_url",
    "CtwaClid": "click_id",
}


def content_of(body: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Everything but the words: a place, a choice, a quotation, an advertisement, marks and guesses.

    Empty for plain words. A message that carries nothing we understand is marked `unsupported`, with the
    provider's word for what it is.
    """
    content = _choices(form) | _place(form) | _context(form)
    media = _media_types(form, form.get("NumMedia", "0"))
    if media:
        content["media"] = {"count": len(media), "types": media}
        if any(kind.partition(";")[0].strip().lower() in _CARD_TYPES for kind in media):
            content["contact_card"] = True
    if referral := _referral(form):
        content["referral"] = referral
    if (guess := decoded_guess(body)) is not None:
        content["decoded_guess"] = guess
    if part := part_of(body):
        content["part"] = {"number": part.number, "of": part.of}
    if form.get("OptOutType"):
        content["opt_out"] = form["OptOutType"]
    if not body.strip() and not content.keys() & {
        "location", "button", "list_reply", "interactive", "flow", "media", "opt_out",
    }:  # fmt: skip
        content["unsupported"] = {"type": form.get("MessageType") or None}
    return content


def words_of(body: str, form: Mapping[str, str], content: Mapping[str, Any]) -> str | None:
    """What is to be judged where the body is not, or not all: a decoded guess, a pressed button, a list's line."""
    if "decoded_guess" in content:
        return str(content["decoded_guess"])
    choice = form.get("ListTitle") or form.get("ButtonText")
    if choice and choice.strip() != body.strip():
        return f"{body}\n{choice}".strip() if body else str(choice)
    return None


def _choices(form: Mapping[str, str]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if form.get("ButtonText") or form.get("ButtonPayload"):
        content["button"] = {"text": form.get("ButtonText"), "payload": form.get("ButtonPayload")}
    if form.get("ListId") or form.get("ListTitle"):
        content["list_reply"] = {
            "id": form.get("ListId"),
            "title": form.get("ListTitle"),
            "description": form.get("ListDescription"),
        }
    if form.get("InteractiveData"):
        content["interactive"] = _parsed(form["InteractiveData"])
    if form.get("FlowData"):
        content["flow"] = _parsed(form["FlowData"])
    return content


def _place(form: Mapping[str, str]) -> dict[str, Any]:
    if not (form.get("Latitude") and form.get("Longitude")):
        return {}
    names = ("Latitude", "Longitude", "Address", "Label")
    return {"location": {name.lower(): form[name] for name in names if form.get(name)}}


def _context(form: Mapping[str, str]) -> dict[str, Any]:
    """Where the words come from: an answer to a message, passed on by others, under which name."""
    content: dict[str, Any] = {}
    if form.get("OriginalRepliedMessageSid"):
        content["reply_to"] = {
            "sid": form["OriginalRepliedMessageSid"],
            "sender": form.get("OriginalRepliedMessageSender"),
        }
    if _is_true(form.get("FrequentlyForwarded")):
        content["forwarded"] = "often"
    elif _is_true(form.get("Forwarded")):
        content["forwarded"] = "once"
    if username := form.get("ProfileUsername") or form.get("Username"):
        content["username"] = username
    if form.get("ChannelMetadata"):
        metadata = _parsed(form["ChannelMetadata"])
        data = metadata.get("data")
        context = data.get("context") if isinstance(data, dict) else None
        # What it repeats of the name and the number stands elsewhere already.
        told = {
            name: value
            for name, value in (context.items() if isinstance(context, dict) else ())
            if name not in {"ProfileName", "WaId", "ButtonText"}
        }
        if told or not isinstance(context, dict):
            content["context"] = told or metadata
    return content


def _referral(form: Mapping[str, str]) -> dict[str, str]:
    """The advertisement by which somebody found us; names we do not know are kept under their own."""
    return {
        _REFERRAL_FIELDS.get(name.removeprefix(_REFERRAL), name.removeprefix(_REFERRAL)): value
        for name, value in form.items()
        if name.startswith(_REFERRAL) and name != "ReferralNumMedia" and value
    }


def _media_types(form: Mapping[str, str], count: str) -> list[str]:
    """Types of what is attached; of what the number of parts promises and nothing names, an empty one."""
    named = [form[name] for name in sorted(name for name in form if name.startswith("MediaContentType"))]
    promised = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    return named + [""] * max(0, min(promised, 10) - len(named))


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() == "true"


def _parsed(text: str) -> dict[str, Any]:
    """A JSON object of the provider; anything else is kept as it came, under `raw`."""
    if len(text) > _LONGEST_JSON:
        return {"raw": text}
    try:
        value = json.loads(text, parse_constant=str)
        if "\\u" in text:
            # Half a surrogate pair, escaped: it can be parsed and then never be shown.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {"raw": text}
    return value if isinstance(value, dict) and _depth(value) <= _DEEPEST_JSON else {"raw": text}


def _depth(value: object, level: int = 1) -> int:
    if level > _DEEPEST_JSON or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(one, level + 1) for one in inner), default=level)
