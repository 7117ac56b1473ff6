"""Settings: read once from the environment, all mistakes reported together, secrets from files if wanted."""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

_YES = {"1", "yes", "true", "on"}
_SID = re.compile(r"^AC[0-9a-fA-F]{32}$")
SMTP_SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class BadSettings(Exception):
    """One or more settings are missing or malformed; the message names all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process needs to know (docs/configuration.md). Values of secrets never appear in `repr`."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    twilio_account_sid: str
    twilio_auth_token: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    twilio_auth_token_next: str | None = field(default=None, repr=False)
    twilio_api_key_sid: str | None = None
    twilio_api_key_secret: str | None = field(default=None, repr=False)
    twilio_api_url: str = "https://api.twilio.com"
    twilio_sms_from: str | None = None
    twilio_whatsapp_from: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_voice_from: str | None = None
    media_dir: Path = Path("instance/media")
    media_cdn_url: str | None = None
    media_keep_at_provider: bool = False
    clamd_url: str | None = field(default=None, repr=False)
    spool_dir: Path = Path("instance/spool")
    voice_mail: bool = False
    whatsapp_provider: str = "twilio"
    meta_api_url: str = "https://graph.facebook.com/v23.0"
    meta_access_token: str | None = field(default=None, repr=False)
    meta_phone_number_id: str | None = None
    meta_app_secret: str | None = field(default=None, repr=False)
    meta_app_secret_next: str | None = field(default=None, repr=False)
    meta_verify_token: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    smtp_ca_file: Path | None = None
    mail_from: str | None = None
    mail_reply_to: str | None = None
    webhook_loopback: bool = False
    triage_hook_url: str | None = None
    triage_hook_secret: str | None = field(default=None, repr=False)
    triage_hook_sends: str = "masked"
    gap_fill_every: int = 60
    gap_fill_grace: int = 60
    webhook_patience_ms: int = 3500
    sms_per_second: int | None = None
    whatsapp_per_second: int | None = None
    receipt_after: int = 600
    reconcile_every: int = 86400

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL with the driver named: a plain `postgresql://` works as it is."""
        return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", self.database_url)

    @property
    def twilio_secrets(self) -> tuple[tuple[str, str], ...]:
        """User names and passwords for Twilio in the order they are tried: API key, token in use, token to come."""
        pairs = (
            (self.twilio_api_key_sid, self.twilio_api_key_secret),
            (self.twilio_account_sid, self.twilio_auth_token),
            (self.twilio_account_sid, self.twilio_auth_token_next),
        )
        return tuple((name, secret) for name, secret in pairs if name and secret)

    @property
    def libpq_url(self) -> str:
        """DATABASE_URL as libpq reads it."""
        return self.sqlalchemy_url.replace("postgresql+psycopg://", "postgresql://", 1)

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over https only, wherever the public address is https."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment. Raises BadSettings that lists every mistake at once."""
    reader = _Reader(os.environ if environ is None else environ)
    values = Settings(
        database_url=reader.needed("DATABASE_URL"),
        secret_key=reader.needed("SECRET_KEY"),
        public_url=reader.needed("PUBLIC_URL").rstrip("/"),
        twilio_account_sid=reader.needed("TWILIO_ACCOUNT_SID"),
        twilio_auth_token=reader.needed("TWILIO_AUTH_TOKEN"),
        twilio_auth_token_next=reader.wanted("TWILIO_AUTH_TOKEN_NEXT"),
        twilio_api_key_sid=reader.wanted("TWILIO_API_KEY_SID"),
        twilio_api_key_secret=reader.wanted("TWILIO_API_KEY_SECRET"),
        twilio_api_url=(reader.wanted("TWILIO_API_URL") or "https://api.twilio.com").rstrip("/"),
        twilio_sms_from=reader.wanted("TWILIO_SMS_FROM"),
        twilio_whatsapp_from=reader.wanted("TWILIO_WHATSAPP_FROM"),
        twilio_messaging_service_sid=reader.wanted("TWILIO_MESSAGING_SERVICE_SID"),
        twilio_voice_from=reader.wanted("TWILIO_VOICE_FROM"),
        media_dir=Path(reader.wanted("MEDIA_DIR") or _data_dir(reader.environ) / "media").expanduser(),
        media_cdn_url=(reader.wanted("MEDIA_CDN_URL") or "").rstrip("/") or None,
        media_keep_at_provider=(reader.wanted("MEDIA_KEEP_AT_PROVIDER") or "no").lower() in _YES,
        clamd_url=reader.wanted("CLAMD_URL"),
        spool_dir=Path(reader.wanted("SPOOL_DIR") or _data_dir(reader.environ) / "spool").absolute(),
        whatsapp_provider=reader.wanted("WHATSAPP_PROVIDER") or "twilio",
        meta_api_url=(reader.wanted("META_API_URL") or "https://graph.facebook.com/v23.0").rstrip("/"),
        meta_access_token=reader.wanted("META_ACCESS_TOKEN"),
        meta_phone_number_id=reader.wanted("META_PHONE_NUMBER_ID"),
        meta_app_secret=reader.wanted("META_APP_SECRET"),
        meta_app_secret_next=reader.wanted("META_APP_SECRET_NEXT"),
        meta_verify_token=reader.wanted("META_VERIFY_TOKEN"),
        smtp_url=reader.wanted("SMTP_URL"),
        smtp_ca_file=_path(reader.wanted("SMTP_CA_FILE")),
        mail_from=reader.wanted("MAIL_FROM"),
        mail_reply_to=reader.wanted("MAIL_REPLY_TO"),
        webhook_loopback=(reader.wanted("WEBHOOK_LOOPBACK") or "no").lower() in _YES,
        triage_hook_url=reader.wanted("TRIAGE_HOOK_URL"),
        triage_hook_secret=reader.wanted("TRIAGE_HOOK_SECRET"),
        triage_hook_sends=reader.wanted("TRIAGE_HOOK_SENDS") or "masked",
        gap_fill_every=reader.whole("GAP_FILL_EVERY", 60, least=1),
        gap_fill_grace=reader.whole("GAP_FILL_GRACE", 60, least=0),
        webhook_patience_ms=reader.whole("WEBHOOK_PATIENCE_MS", 3500, least=500),
        sms_per_second=reader.rate("SMS_PER_SECOND"),
        whatsapp_per_second=reader.rate("WHATSAPP_PER_SECOND"),
        receipt_after=reader.whole("RECEIPT_AFTER", 600, least=1),
        reconcile_every=reader.whole("RECONCILE_EVERY", 86400, least=60),
        voice_mail=(reader.wanted("VOICE_MAIL") or "off") == "on",
        encryption_keys=_fernet_keys(reader.wanted("ENCRYPTION_KEYS") or reader.wanted("SECRET_KEY") or ""),
    )
    mistakes = reader.mistakes + _mistakes_in(values, reader.missing) + _mail_mistakes(values)
    mistakes += _meta_mistakes(values) + _hook_mistakes(values)
    if reader.wanted("VOICE_MAIL") not in {None, "on", "off"}:
        mistakes.append("VOICE_MAIL must be on or off")
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    return values


def is_loopback(url: str) -> bool:
    """True for an address on this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[str] = []
        self.missing: set[str] = set()

    def wanted(self, name: str) -> str | None:
        path = self.environ.get(f"{name}_FILE")
        if path:
            try:
                return Path(path).read_text().strip()
            except OSError as error:
                self.mistakes.append(f"{name}_FILE: {path} cannot be read ({error.strerror})")
                self.missing.add(name)
                return None
        return self.environ.get(name) or None

    def needed(self, name: str) -> str:
        value = self.wanted(name)
        if value is None and name not in self.missing:
            self.mistakes.append(f"{name} is not set")
            self.missing.add(name)
        return value or ""

    def whole(self, name: str, usual: int, *, least: int) -> int:
        text = self.wanted(name)
        if text is None:
            return usual
        if text.isascii() and text.isdigit() and least <= int(text) <= 86400:
            return int(text)
        self.mistakes.append(f"{name} must be a whole number from {least} to 86400")
        return usual

    def rate(self, name: str) -> int | None:
        text = self.wanted(name)
        if text is None:
            return None
        if text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000:
            return int(text)
        self.mistakes.append(f"{name} must be a whole number from 1 to 10000")
        return None


def _data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOTLINE_DATA") or "instance")


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _mail_mistakes(values: Settings) -> list[str]:
    mistakes = []
    if values.smtp_url:
        server = urlsplit(values.smtp_url)
        if server.scheme not in SMTP_SCHEMES or not server.hostname:
            mistakes.append(
                "SMTP_URL must begin with smtp://, smtp+starttls:// or smtps:// and name a server"
            )
        if not values.mail_from:
            mistakes.append("MAIL_FROM must be set where SMTP_URL is")
    for name, address in (("MAIL_FROM", values.mail_from), ("MAIL_REPLY_TO", values.mail_reply_to)):
        if address and not is_mail_address(address):
            mistakes.append(f"{name} must be one e-mail address, name@domain")
    if values.smtp_ca_file and not values.smtp_ca_file.is_file():
        mistakes.append(f"SMTP_CA_FILE: there is no file {values.smtp_ca_file}")
    return mistakes


def _meta_mistakes(values: Settings) -> list[str]:
    if values.whatsapp_provider not in {"twilio", "meta"}:
        return ["WHATSAPP_PROVIDER must be twilio or meta"]
    if values.whatsapp_provider == "twilio":
        return []
    mistakes = [
        f"{name} must be set where WHATSAPP_PROVIDER is meta"
        for name, value in (
            ("META_ACCESS_TOKEN", values.meta_access_token),
            ("META_PHONE_NUMBER_ID", values.meta_phone_number_id),
            ("META_APP_SECRET", values.meta_app_secret),
            ("META_VERIFY_TOKEN", values.meta_verify_token),
        )
        if not value
    ]
    if values.meta_phone_number_id and not values.meta_phone_number_id.isdigit():
        mistakes.append("META_PHONE_NUMBER_ID is the number's id at Meta, digits only")
    url = urlsplit(values.meta_api_url)
    if url.scheme != "https" and not is_loopback(values.meta_api_url):
        mistakes.append("META_API_URL must be an https address")
    return mistakes


def _hook_mistakes(values: Settings) -> list[str]:
    mistakes = []
    if values.triage_hook_sends not in {"masked", "full"}:
        mistakes.append("TRIAGE_HOOK_SENDS must be masked or full")
    if values.triage_hook_url is None:
        return mistakes
    url = urlsplit(values.triage_hook_url)
    inwards = values.webhook_loopback and is_loopback(values.triage_hook_url)
    if (url.scheme != "https" and not inwards) or not url.hostname or "@" in url.netloc:
        mistakes.append("TRIAGE_HOOK_URL must be https://host/path, without user and password")
    if not _is_signing_secret(values.triage_hook_secret or ""):
        mistakes.append("TRIAGE_HOOK_SECRET must be whsec_ and base64 of at least 24 bytes")
    return mistakes


def _is_signing_secret(text: str) -> bool:
    try:
        return text.startswith("whsec_") and len(b64decode(text.removeprefix("whsec_"), validate=True)) >= 24
    except ValueError:
        return False


def is_mail_address(text: str) -> bool:
    """True for one bare address in letters that every mail server takes."""
    return bool(_MAIL_ADDRESS.fullmatch(text)) and len(text) <= 254


def _fernet_keys(text: str) -> tuple[str, ...]:
    """Fernet keys as they are; any other passphrase is hashed to one. Without ENCRYPTION_KEYS the secret key
    serves, which then cannot be changed without losing what it encrypted."""
    return tuple(_fernet_key(part.strip()) for part in text.split(",") if part.strip())


def _fernet_key(text: str) -> str:
    try:
        Fernet(text)
    except ValueError:
        return urlsafe_b64encode(hashlib.sha256(b"field encryption:" + text.encode()).digest()).decode()
    return text


def _mistakes_in(values: Settings, missing: set[str]) -> list[str]:
    mistakes = []
    if "DATABASE_URL" not in missing and not re.match(r"^postgres(ql)?(\+psycopg)?://", values.database_url):
        mistakes.append("DATABASE_URL must begin with postgresql://")
    for name, url in (("PUBLIC_URL", values.public_url), ("TWILIO_API_URL", values.twilio_api_url)):
        if name not in missing and (
            urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname
        ):
            mistakes.append(f"{name} must be an http or https address")
    if "SECRET_KEY" not in missing and len(values.secret_key) < 16:
        mistakes.append("SECRET_KEY must have at least 16 characters")
    if "TWILIO_ACCOUNT_SID" not in missing and not _SID.match(values.twilio_account_sid):
        mistakes.append("TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits")
    if bool(values.twilio_api_key_sid) != bool(values.twilio_api_key_secret):
        mistakes.append("TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET go together")
    if values.media_cdn_url and not is_loopback(values.twilio_api_url):
        mistakes.append("MEDIA_CDN_URL is for the phones: it needs a TWILIO_API_URL on this machine")
    if values.clamd_url and urlsplit(values.clamd_url).scheme not in {"tcp", "unix"}:
        mistakes.append("CLAMD_URL must be tcp://host:port or unix:///path")
    if not (values.twilio_sms_from or values.twilio_whatsapp_from or values.twilio_messaging_service_sid):
        mistakes.append(
            "one of TWILIO_SMS_FROM, TWILIO_WHATSAPP_FROM, TWILIO_MESSAGING_SERVICE_SID must be set"
        )
    return mistakes
