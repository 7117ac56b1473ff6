"""The numbers the hotline has, and where each is answered. The REST face may point them elsewhere."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urlsplit

from hotline.channels.phones.clock import Clock, rfc2822
from hotline.channels.phones.settings import PhonesSettings

# As the REST face spells them -> as they are kept.
ADDRESSES = {
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
}


class Elsewhere(ValueError):
    """The address is not the hotline's: the stand-in talks to the product and to nobody else."""


@dataclass
class Routes:
    """Where messages and calls go. Fragments carry connection overrides."""

    sms_url: str
    sms_fallback_url: str
    voice_url: str
    voice_fallback_url: str
    status_callback: str


class Numbers:
    """One number for SMS and calls, one for WhatsApp; often the same one. All share their routes."""

    def __init__(self, settings: PhonesSettings, clock: Clock) -> None:
        self._settings = settings
        self.since = clock.now()
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        base = self._settings.public_url.rstrip("/")

        def full(path: str | None) -> str:
            return base + path if path else ""

        settings = self._settings
        self.routes = Routes(
            sms_url=settings.webhook_url(),
            sms_fallback_url=settings.fallback_url() or "",
            voice_url=full(settings.voice_path),
            voice_fallback_url=full(settings.voice_fallback_path),
            status_callback=full(settings.voice_status_path),
        )

    def all(self) -> list[str]:
        return list(dict.fromkeys((self._settings.sms_number, self._settings.whatsapp_number)))

    def sid_of(self, number: str) -> str:
        return f"PN{int(number.lstrip('+')):032x}"

    def find(self, sid: str) -> str | None:
        return next((number for number in self.all() if self.sid_of(number) == sid), None)

    def point(self, changes: dict[str, str]) -> None:
        """Change routes. Raises Elsewhere, and then changes nothing."""
        for url in changes.values():
            if url and not self.is_ours(url):
                raise Elsewhere(url)
        with self._lock:
            for name, url in changes.items():
                setattr(self.routes, ADDRESSES[name], url)

    def is_ours(self, url: str) -> bool:
        """Whether an address leads to the product."""
        return origin(url) == origin(self._settings.public_url)

    def as_json(self, number: str) -> dict[str, Any]:
        account, sid = self._settings.account_sid, self.sid_of(number)
        since: datetime = self.since
        empty = dict.fromkeys(_ALWAYS_EMPTY)
        routes = self.routes
        return {
            **empty,
            "sid": sid,
            "account_sid": account,
            "phone_number": number,
            "friendly_name": number,
            "address_requirements": "none",
            "api_version": "2010-04-01",
            "beta": False,
            "capabilities": {"sms": True, "mms": True, "voice": True, "fax": False},
            "date_created": rfc2822(since),
            "date_updated": rfc2822(since),
            "origin": "twilio",
            "sms_url": routes.sms_url,
            "sms_method": "POST",
            "sms_fallback_url": routes.sms_fallback_url,
            "sms_fallback_method": "POST",
            "voice_url": routes.voice_url,
            "voice_method": "POST",
            "voice_fallback_url": routes.voice_fallback_url,
            "voice_fallback_method": "POST",
            "voice_caller_id_lookup": False,
            "voice_receive_mode": "voice",
            "status_callback": routes.status_callback,
            "status_callback_method": "POST",
            "emergency_status": "Inactive",
            "emergency_address_status": "unregistered",
            "status": "in-use",
            "type": None,
            "uri": f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json",
        }


_ALWAYS_EMPTY = (
    "address_sid", "identity_sid", "sms_application_sid", "trunk_sid", "voice_application_sid",
    "emergency_address_sid", "bundle_sid",
)  # fmt: skip


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    parts = urlsplit(urldefrag(url)[0])
    usual = {"http": 80, "https": 443}
    try:
        return parts.scheme, (parts.hostname or "").lower(), parts.port or usual.get(parts.scheme)
    except ValueError:
        return parts.scheme, "", None
