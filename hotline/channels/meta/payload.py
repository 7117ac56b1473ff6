"""A webhook of the Cloud API taken apart: messages and reports for our number, in the order they stand in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

NUL_MARK, HALF_MARK = "␀", "�"
_DEEPEST = 20


class Malformed(ValueError):
    """This is no webhook of the Cloud API."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message and, where it came with it, the contact it is from."""

    message: dict[str, Any]
    contact: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """How far one of our messages got. `message_id` is our own id, as it was sent along; None without it."""

    sid: str
    status: str
    message_id: UUID | None
    error_code: int


def read_payload(body: bytes, *, phone_number_id: str) -> tuple[list[Received], list[Report]]:
    """Everything for our number; what is for other numbers of the account is left to them. Raises Malformed."""
    try:
        told = clean(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(told, dict) or told.get("object") != "whatsapp_business_account":
        raise Malformed("not of a WhatsApp account")
    received: list[Received] = []
    reports: list[Report] = []
    for value in _values(told, phone_number_id):
        contacts = [one for one in _list(value, "contacts") if isinstance(one, dict)]
        for message in _list(value, "messages"):
            if not isinstance(message, dict) or not _text(message.get("id")):
                raise Malformed("a message without an id")
            received.append(Received(message, _contact_of(message, contacts)))
        reports += [report for one in _list(value, "statuses") if (report := _report(one))]
    return received, reports


def clean(value: Any, depth: int = 0) -> Any:
    """The same without what the database cannot hold: NUL and halves of surrogate pairs become marks."""
    if depth > _DEEPEST:
        raise Malformed("nested too deep")
    if isinstance(value, str):
        marked = value.replace("\x00", NUL_MARK)
        return "".join(HALF_MARK if "\ud800" <= one <= "\udfff" else one for one in marked)
    if isinstance(value, list):
        return [clean(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {clean(name, depth + 1): clean(one, depth + 1) for name, one in value.items()}
    return value


def _values(told: dict[str, Any], phone_number_id: str) -> Iterator[dict[str, Any]]:
    for entry in _list(told, "entry"):
        for change in _list(entry, "changes") if isinstance(entry, dict) else ():
            value = change.get("value") if isinstance(change, dict) else None
            if not isinstance(value, dict) or change.get("field") != "messages":
                continue
            metadata = value.get("metadata")
            if isinstance(metadata, dict) and metadata.get("phone_number_id") == phone_number_id:
                yield value


def _contact_of(message: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The contact with the message's number or id; the only one where nothing tells."""
    names = {message.get("from"), message.get("from_user_id")} - {None}
    for contact in contacts:
        if names & {contact.get("wa_id"), contact.get("user_id")}:
            return contact
    return contacts[0] if len(contacts) == 1 else {}


def _report(one: Any) -> Report | None:
    if not isinstance(one, dict) or not _text(one.get("id")) or not _text(one.get("status")):
        return None
    try:
        message_id = UUID(_text(one.get("biz_opaque_callback_data")))
    except ValueError:
        message_id = None
    errors = [error for error in _list(one, "errors") if isinstance(error, dict)]
    code = errors[0].get("code") if errors else 0
    return Report(one["id"], one["status"][:40], message_id, code if isinstance(code, int) else 0)


def _list(of: Any, name: str) -> list[Any]:
    value = of.get(name) if isinstance(of, dict) else None
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
