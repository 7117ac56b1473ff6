"""What is made to go wrong, and how often. Everything is off at the start and after a reset."""

import threading
from dataclasses import dataclass, field, fields
from typing import Any

from hotline.channels.phones.addresses import handset_name
from hotline.channels.phones.outcomes import DELIVERED, Outcome, parse_outcome
from hotline.channels.phones.ringing import NOBODY, Manner, parse_manner


class BadFault(ValueError):
    """The instruction was not understood; nothing of it was applied."""


class UnknownFault(BadFault):
    """Names that are no faults; a typing slip must not pass for a test that went well."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("unknown: " + ", ".join(names))


@dataclass
class Trigger:
    """Fires at every n-th occasion, or at the next n occasions and then no more."""

    every: int = 0
    next: int = 0
    seen: int = 0

    def fires(self) -> bool:
        if self.next > 0:
            self.next -= 1
            return True
        self.seen += 1
        return self.every > 0 and self.seen % self.every == 0

    def as_json(self) -> dict[str, int]:
        return {"every": self.every, "next": self.next}


@dataclass
class Faults:
    """REST knobs, callback knobs, how webhooks are signed, media knobs, and the fate of messages per number."""

    latency_ms: int = 0
    jitter_ms: int = 0
    rate_limit: Trigger = field(default_factory=Trigger)
    unavailable_before: Trigger = field(default_factory=Trigger)
    unavailable_after: Trigger = field(default_factory=Trigger)
    unavailable_status: int = 503
    reset_after_accept: Trigger = field(default_factory=Trigger)
    slow_body_ms: int = 0
    error_body: str = "twilio"

    callback_duplicate: Trigger = field(default_factory=Trigger)
    callback_reorder: Trigger = field(default_factory=Trigger)
    callback_delay_ms: int = 0
    callback_drop: Trigger = field(default_factory=Trigger)
    callback_unknown_status: Trigger = field(default_factory=Trigger)
    callback_extra_parameter: Trigger = field(default_factory=Trigger)
    callback_repeated_parameter: Trigger = field(default_factory=Trigger)
    callback_wrong_signature: Trigger = field(default_factory=Trigger)
    callback_overtake: Trigger = field(default_factory=Trigger)

    signing_token: str = "current"  # noqa: S105 - which token, not the token
    signing_key: str = "token"
    signing_algorithm: str = "HMAC_SHA1"

    inbound_unreachable: Trigger = field(default_factory=Trigger)
    inbound_duplicate: Trigger = field(default_factory=Trigger)
    whatsapp_burst: int = 0

    media_auth: str = "basic"
    media_redirect: str = "cdn"
    media_expiry_s: int = 4 * 3600
    media_not_found_first: int = 0
    media_oversize_mb: int = 0
    media_content_type: str = ""
    media_slow_ms: int = 0

    recording_callback: str = "after"

    default_outcome: Outcome = DELIVERED
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    calls: dict[str, Manner] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @classmethod
    def known(cls) -> list[str]:
        return sorted(each.name for each in fields(cls))

    def fires(self, name: str) -> bool:
        """Ask one trigger, and count the asking."""
        with self._lock:
            trigger: Trigger = getattr(self, name)
            return trigger.fires()

    def outcome_for(self, wire: str) -> Outcome:
        """The exact address goes before the bare number, and that before the default."""
        with self._lock:
            return self.outcomes.get(wire) or self.outcomes.get(handset_name(wire)) or self.default_outcome

    def manner_of(self, number: str) -> Manner:
        """How this phone takes a call from us; nobody answers one that was told nothing."""
        with self._lock:
            return self.calls.get(number, Manner(NOBODY))

    def merge(self, changes: dict[str, Any]) -> None:
        """Apply ``changes`` over what is set, all of them or none. Raises BadFault."""
        unknown = sorted(set(changes) - set(self.known()))
        if unknown:
            raise UnknownFault(unknown)
        parsed = {name: _parse(name, value) for name, value in changes.items()}
        with self._lock:
            for name, outcome in parsed.pop("outcomes", {}).items():
                if outcome is None:
                    self.outcomes.pop(name, None)
                else:
                    self.outcomes[name] = outcome
            self.calls.update(parsed.pop("calls", {}))
            for name, value in parsed.items():
                setattr(self, name, value)

    def clear(self) -> None:
        fresh = Faults()
        with self._lock:
            for each in fields(self):
                setattr(self, each.name, getattr(fresh, each.name))

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            return {each.name: _show(getattr(self, each.name)) for each in fields(self)}


_CHOICES: dict[str, tuple[Any, ...]] = {
    "unavailable_status": (500, 503),
    "error_body": ("twilio", "html", "problem"),
    "signing_token": ("current", "next", "old"),
    "signing_key": ("token", "shared"),
    "signing_algorithm": ("HMAC_SHA1", "HMAC_SHA256"),
    "media_auth": ("basic", "public"),
    "media_redirect": ("cdn", "metadata", "file", "outside", "second_host", "loop"),
    "recording_callback": ("after", "before"),
}
_COUNTS = {
    "media_expiry_s": 7 * 24 * 3600,
    "media_not_found_first": 100,
    "media_oversize_mb": 1024,
    "whatsapp_burst": 1000,
}


def _parse(name: str, value: Any) -> Any:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise BadFault(f"{name}: one of {list(_CHOICES[name])}")
        return value
    if name.endswith("_ms"):
        return _count(name, value, most=60_000)
    if name in _COUNTS:
        if isinstance(value, bool):
            raise BadFault(f"{name}: a whole number")
        return _count(name, value, most=_COUNTS[name])
    if name == "media_content_type":
        if not isinstance(value, str) or not value.isprintable():
            raise BadFault(f"{name}: a content type, or nothing")
        return value
    if name == "default_outcome":
        return _outcome(name, value)
    if name in ("outcomes", "calls"):
        return _by_number(name, value)
    if isinstance(value, dict):
        if not value or set(value) - {"every", "next"}:
            raise BadFault(f'{name}: a count, {{"every": n}} or {{"next": n}}')
        return Trigger(**{key: _count(name, count) for key, count in value.items()})
    return Trigger(every=_count(name, value))


def _by_number(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        raise BadFault(f"{name}: an object of number -> what becomes of it, null to remove one")
    if name == "calls":
        try:
            return {handset_name(number): parse_manner(manner) for number, manner in value.items()}
        except ValueError as mistake:
            raise BadFault(f"calls: {mistake}") from mistake
    return {
        (number if number.startswith("whatsapp:") else handset_name(number)): (
            None if fate is None else _outcome(number, fate)
        )
        for number, fate in value.items()
    }


def _count(name: str, value: Any, most: int = 1_000_000_000) -> int:
    if isinstance(value, bool) and not name.endswith("_ms"):
        return int(value)  # true reads as "every time"
    if not isinstance(value, int) or not 0 <= value <= most:
        raise BadFault(f"{name}: a whole number from 0 to {most}")
    return value


def _outcome(name: str, value: Any) -> Outcome:
    try:
        return parse_outcome(value)
    except ValueError as mistake:
        raise BadFault(f"{name}: {mistake}") from mistake


def _show(value: Any) -> Any:
    if isinstance(value, Trigger | Outcome | Manner):
        return value.as_json()
    if isinstance(value, dict):
        return {name: outcome.as_json() for name, outcome in value.items()}
    return value
