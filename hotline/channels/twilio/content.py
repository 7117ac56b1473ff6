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


def content_of(values: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Everything but the words: a place, a choice, a quotation, an advertisement, marks and guesses.

    `values` are the fields that the schema read, `form` is the whole form. Empty for plain words. A message
    that carries nothing we understand is marked `unsupported`, with the provider's word for what it is.
    """
    content = _choices(values) | _place(values) | _context(values)
    media = _media_types(form, values["num_media"])
    if media:
        content["media"] = {"count": len(media), "types": media}
        if any(kind.partition(";")[0].strip().lower() in _CARD_TYPES for kind in media):
            content["contact_card"] = True
    if referral := _referral(form):
        content["referral"] = referral
    body = values["body"]
    if (guess := decoded_guess(body)) is not None:
        content["decoded_guess"] = guess
    if part := part_of(body):
        content["part"] = {"number": part.number, "of": part.of}
    if values.get("opt_out"):
        content["opt_out"] = values["opt_out"]
    if not body.strip() and not content.keys() & {
        "location", "button", "list_reply", "interactive", "flow", "media", "opt_out",
    }:  # fmt: skip
        content["unsupported"] = {"type": values.get("message_type") or None}
    return content


def words_of(values: Mapping[str, Any], content: Mapping[str, Any]) -> str | None:
    """What is to be judged where the body is not, or not all: a decoded guess, a pressed button, a list's line."""
    if "decoded_guess" in content:
        return str(content["decoded_guess"])
    body = values["body"]
    choice = values.get("list_title") or values.get("button_text")
    if choice and choice.strip() != body.strip():
        return f"{body}\n{choice}".strip() if body else str(choice)
    return None


def _choices(values: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if values.get("button_text") or values.get("button_payload"):
        content["button"] = {"text": values.get("button_text"), "payload": values.get("button_payload")}
    if values.get("list_id") or values.get("list_title"):
        content["list_reply"] = {
            "id": values.get("list_id"),
            "title": values.get("list_title"),
            "description": values.get("list_description"),
        }
    if values.get("interactive_data"):
        content["interactive"] = _parsed(values["interactive_data"])
    if values.get("flow_data"):
        content["flow"] = _parsed(values["flow_data"])
    return content


def _place(values: Mapping[str, Any]) -> dict[str, Any]:
    if not (values.get("latitude") and values.get("longitude")):
        return {}
    names = ("latitude", "longitude", "address", "label")
    return {"location": {name: values[name] for name in names if values.get(name)}}


def _context(values: Mapping[str, Any]) -> dict[str, Any]:
    """Where the words come from: an answer to a message, passed on by others, under which name."""
    content: dict[str, Any] = {}
    if values.get("replied_to_sid"):
        content["reply_to"] = {"sid": values["replied_to_sid"], "sender": values.get("replied_to_sender")}
    if _is_true(values.get("frequently_forwarded")):
        content["forwarded"] = "often"
    elif _is_true(values.get("forwarded")):
        content["forwarded"] = "once"
    if username := values.get("profile_username") or values.get("username"):
        content["username"] = username
    if values.get("channel_metadata"):
        metadata = _parsed(values["channel_metadata"])
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
    named = [form[name] for name in sorted(form) if name.startswith("MediaContentType")]
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
