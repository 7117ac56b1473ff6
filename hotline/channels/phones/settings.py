"""What the stand-in is told once, at its start."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class CastMember(NamedTuple):
    """One phone the page shows from the start; the first of role ``worker`` is the one to write from."""

    label_id: str
    label_en: str
    number: str
    role: str


class WorkerNumber(NamedTuple):
    """A number the worker's phone can put on, named by the country it stands for."""

    label_id: str
    label_en: str
    number: str


# The British and American numbers are reserved for fiction. The others start, after the country code,
# with zeros no numbering plan assigns: they say "Malaysia" or "Taiwan" and can belong to nobody.
WORKER_NUMBERS = (
    WorkerNumber("Inggris", "United Kingdom", "+447700900101"),
    WorkerNumber("Amerika Serikat", "United States", "+12025550121"),
    WorkerNumber("Malaysia", "Malaysia", "+60000000101"),
    WorkerNumber("Arab Saudi", "Saudi Arabia", "+966000000101"),
    WorkerNumber("Taiwan", "Taiwan", "+88600000101"),
    WorkerNumber("Hong Kong", "Hong Kong", "+85200000101"),
    WorkerNumber("Singapura", "Singapore", "+6500000101"),
    WorkerNumber("Uni Emirat Arab", "United Arab Emirates", "+97100000101"),
)

CAST = (
    CastMember("Pekerja", "Worker", WORKER_NUMBERS[0].number, "worker"),
    CastMember("Kontak mitra", "Agency contact", "+447700900201", "agency"),
    CastMember("Petugas piket", "Officer on call", "+447700900301", "officer"),
    CastMember("Penyelia", "Supervisor", "+447700900401", "supervisor"),
)


@dataclass(frozen=True)
class PhonesSettings:
    """The account the product believes it has, and where the product listens.

    ``public_url`` must be the very text the product verifies signatures against. The webhook paths may
    carry connection overrides in their fragment, as in ``/twilio/messages#rc=3&rp=all``.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    auth_token_next: str | None = field(default=None, repr=False)
    auth_token_old: str | None = field(default=None, repr=False)  # one that was rotated away
    api_key_sid: str | None = None
    api_key_secret: str | None = field(default=None, repr=False)
    shared_key_id: str = "webhooks_sharedkey_local"
    shared_key_secret: str | None = field(default=None, repr=False)  # HMAC_SHA256; else the token in use

    public_url: str = "http://127.0.0.1:8000"
    webhook_path: str = "/twilio/messages"
    fallback_path: str | None = "/twilio/messages/fallback"  # asked when the webhook fails; None: nothing is

    voice_path: str = "/twilio/voice"
    voice_fallback_path: str | None = None
    voice_status_path: str | None = None  # told how a call ended; None: nobody is

    sms_number: str = "+12025550143"
    whatsapp_number: str = "+12025550144"
    messaging_service_sid: str | None = None
    blocked_countries: tuple[str, ...] = ()  # dialling prefixes such as "+966": answered with 21408
    # HX… -> text with {{1}}, or what POST /_control/templates takes. None: any ContentSid goes.
    content_templates: dict[str, str | dict[str, Any]] = field(default_factory=dict)
    whatsapp_window: bool = True  # free text outside 24 hours fails with 63016, as it does outside

    smtp_port: int | None = None  # where e-mails are taken; 0: a free one, None: nowhere

    seed: int = 0
    delivery_delay: float = 0.05
    callback_workers: int = 8
    ledger_limit: int = 200_000
    message_limit: int = 200_000
    media_url: str = "https://api.twilio.com"  # what MediaUrl0 starts with; the product swaps the host

    cast: tuple[tuple[str, str, str, str], ...] = CAST
    worker_numbers: tuple[tuple[str, str, str], ...] = WORKER_NUMBERS

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Every token that opens the REST door: the one in use, and the one to come."""
        return (self.auth_token, self.auth_token_next) if self.auth_token_next else (self.auth_token,)

    def webhook_url(self) -> str:
        """The address an inbound message is posted to, fragment included."""
        return self.public_url.rstrip("/") + self.webhook_path

    def fallback_url(self) -> str | None:
        """The address tried when the first one fails."""
        return self.public_url.rstrip("/") + self.fallback_path if self.fallback_path else None
