"""Message templates (the provider's Content), and how far WhatsApp's approval of each has got."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hotline.channels.phones.clock import Clock
from hotline.channels.phones.settings import PhonesSettings

SID = re.compile(r"HX[0-9a-fA-F]{32}")
STATUSES = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")
STOPPED = frozenset({"paused", "disabled"})
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_KNOWN = (
    "sid",
    "name",
    "body",
    "language",
    "category",
    "status",
    "rejection_reason",
    "variables",
    "buttons",
    "items",
)


class BadTemplate(ValueError):
    """The template makes no sense; nothing was kept."""


@dataclass(frozen=True)
class Button:
    """A quick reply, or a row of a list. Pressed, it comes back as ButtonText and ButtonPayload."""

    title: str
    id: str

    def as_json(self) -> dict[str, str]:
        return dict(vars(self))


@dataclass(frozen=True)
class Template:
    """One template. ``items`` make it a list picker, ``buttons`` a quick reply, neither a plain text."""

    sid: str
    body: str
    created: datetime
    name: str = "template"
    language: str = "id"
    category: str = "UTILITY"
    status: str = "approved"
    rejection_reason: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    items: tuple[Button, ...] = ()

    @property
    def kind(self) -> str:
        return "twilio/list-picker" if self.items else "twilio/quick-reply" if self.buttons else "twilio/text"

    def render(self, values: dict[str, Any]) -> str | None:
        """The text with its values; None when they are not exactly the ones it has places for."""
        places = set(_PLACE.findall(self.body))
        if not set(values) <= places or not places <= set(values) | set(self.variables):
            return None
        given = {**self.variables, **values}
        return _PLACE.sub(lambda place: str(given[place[1]]), self.body)

    def as_json(self, account_sid: str) -> dict[str, Any]:
        stamp = _iso(self.created)
        url = f"https://content.twilio.com/v1/Content/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "friendly_name": self.name,
            "language": self.language,
            "variables": self.variables,
            "types": {self.kind: self._type()},
            "date_created": stamp,
            "date_updated": stamp,
            "url": url,
            "links": {
                "approval_fetch": f"{url}/ApprovalRequests",
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
            },
        }

    def approval(self) -> dict[str, Any]:
        return {
            "type": "whatsapp",
            "name": self.name,
            "category": self.category,
            "content_type": self.kind,
            "status": self.status,
            "rejection_reason": self.rejection_reason,
            "allow_category_change": True,
        }

    def _type(self) -> dict[str, Any]:
        body: dict[str, Any] = {"body": self.body}
        if self.items:
            rows = [{"id": item.id, "item": item.title, "description": ""} for item in self.items]
            return body | {"button": "Pilih", "items": rows}
        if self.buttons:
            return body | {
                "actions": [{"type": "QUICK_REPLY", **button.as_json()} for button in self.buttons]
            }
        return body


class Templates:
    """All templates. While there are none, any ContentSid is taken for an approved one."""

    def __init__(self, settings: PhonesSettings, clock: Clock, new_sid: Callable[[str], str]) -> None:
        self._settings = settings
        self._clock = clock
        self._new_sid = new_sid
        self._templates: dict[str, Template] = {}
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._templates.clear()
        for sid, given in self._settings.content_templates.items():
            self.put({"sid": sid} | ({"body": given} if isinstance(given, str) else given))

    def __len__(self) -> int:
        with self._lock:
            return len(self._templates)

    def all(self) -> list[Template]:
        with self._lock:
            return list(self._templates.values())

    def get(self, sid: str) -> Template | None:
        with self._lock:
            return self._templates.get(sid)

    def put(self, data: dict[str, Any]) -> Template:
        """Add one, or change what is named of one that is there. Raises BadTemplate."""
        unknown = sorted(set(data) - set(_KNOWN))
        if unknown:
            raise BadTemplate(f"unknown: {', '.join(unknown)}; known: {', '.join(_KNOWN)}")
        sid = str(data.get("sid") or self._new_sid("HX"))
        before = self.get(sid)
        if not SID.fullmatch(sid):
            raise BadTemplate("sid: HX and 32 hexadecimal digits")
        if data.get("status", "approved") not in STATUSES:
            raise BadTemplate(f"status: one of {list(STATUSES)}")
        if before is None and not isinstance(data.get("body"), str):
            raise BadTemplate("body: a text, with places such as {{1}}")
        changes = {name: value for name, value in data.items() if name != "sid"}
        for name in ("buttons", "items"):
            if name in changes:
                changes[name] = _buttons(name, changes[name])
        start = before or Template(sid, "", self._clock.now())
        made = replace(start, **changes)
        with self._lock:
            self._templates[sid] = made
        return made

    def remove(self, sid: str) -> None:
        with self._lock:
            self._templates.pop(sid, None)


def template_from_request(data: dict[str, Any]) -> dict[str, Any]:
    """What ``POST /v1/Content`` sends, as ``Templates.put`` takes it. Raises BadTemplate."""
    types = data.get("types")
    if not isinstance(types, dict) or not types:
        raise BadTemplate("types: an object such as {'twilio/text': {'body': …}}")
    content: dict[str, Any] = {}
    for each in types.values():
        content = each if isinstance(each, dict) else {}
    wanted: dict[str, Any] = {
        "name": str(data.get("friendly_name") or "template"),
        "language": str(data.get("language") or "id"),
        "body": content.get("body"),
        "status": "unsubmitted",
    }
    if isinstance(data.get("variables"), dict):
        wanted["variables"] = data["variables"]
    if content.get("actions"):
        wanted["buttons"] = content["actions"]
    if content.get("items"):
        wanted["items"] = content["items"]
    return wanted


def _buttons(name: str, value: Any) -> tuple[Button, ...]:
    if not isinstance(value, list | tuple) or len(value) > 10:
        raise BadTemplate(f"{name}: at most ten, each with title and id")
    made = []
    for each in value:
        title = each.get("title") or each.get("item") if isinstance(each, dict) else None
        if not title:
            raise BadTemplate(f"{name}: at most ten, each with title and id")
        made.append(Button(str(title), str(each.get("id") or title)))
    return tuple(made)


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
