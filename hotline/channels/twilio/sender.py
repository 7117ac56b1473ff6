"""Sending through Twilio's REST API."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from cases.rules.phone_numbers import address_text
from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, Features, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.channels.twilio.error_codes import failure_of
from hotline.config import Settings

# The SDK's own default is to wait for ever.
TIMEOUT_SECONDS = 10
_CLOCK_SKEW = timedelta(minutes=2)
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500

# At INFO this logger prints addresses with query strings, which hold phone numbers.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)


class RebasedHttpClient(TwilioHttpClient):  # type: ignore[misc] # the SDK ships without types
    """Twilio's HTTP client with a time-out, speaking to the configured base address."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS)
        self._base = urlsplit(base_url)
        if self._base.hostname in {"127.0.0.1", "localhost", "::1"}:
            # A proxy from the environment must not see traffic that is meant for this machine.
            self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        if parts.hostname and parts.hostname.endswith(".twilio.com"):
            path = self._base.path.rstrip("/") + parts.path
            url = urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))
        return super().request(method, url, *args, **kwargs)


class TwilioChannel:
    """`OutgoingChannel` on Twilio. 429 and refused connections are safe to retry; a time-out, a reset and a
    5xx leave the outcome unknown, because Twilio has no idempotency key."""

    provider = "twilio"
    features = Features(channels=frozenset({Channel.SMS, Channel.WHATSAPP}), can_be_asked=True, reports=True)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            http_client=RebasedHttpClient(settings.twilio_api_url),
        )

    def send(self, outgoing: Outgoing) -> Outcome:
        sender = self._sender(outgoing.channel)
        if not sender or outgoing.channel not in self.features.channels:
            return NotSent(0, FailureClass.CONFIGURATION)
        try:
            message = self._client.messages.create(
                to=address_text(outgoing.channel, outgoing.to),
                body=outgoing.body,
                status_callback=f"{self._settings.public_url}/twilio/status?message={outgoing.message_id}",
                **sender,
            )
        except TwilioRestException as error:
            return _refusal(error)
        except requests.ConnectionError as error:
            return _broken_connection(error)
        except (requests.RequestException, TwilioException, ValueError) as error:
            return Unknown(type(error).__name__)
        return Sent(message.sid, message.status)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        try:
            listed = self._client.messages.list(
                to=address_text(outgoing.channel, outgoing.to),
                date_sent_after=since - _CLOCK_SKEW,
                limit=1000,
            )
        except (requests.RequestException, TwilioException, ValueError) as error:
            return Unknown(type(error).__name__)
        for message in listed:
            if message.body == outgoing.body and message.sid not in known_sids:
                return Sent(message.sid, message.status)
        return NotSent(0, FailureClass.RETRY)

    def _sender(self, channel: Channel) -> dict[str, str]:
        settings = self._settings
        if channel is Channel.WHATSAPP:
            number = settings.twilio_whatsapp_from
            return {"from_": address_text(channel, number.removeprefix("whatsapp:"))} if number else {}
        if settings.twilio_messaging_service_sid:
            return {"messaging_service_sid": settings.twilio_messaging_service_sid}
        return {"from_": settings.twilio_sms_from} if settings.twilio_sms_from else {}


def _refusal(error: Any) -> Outcome:
    if error.status == _TOO_MANY_REQUESTS:
        return NotSent(error.code or 20429, FailureClass.RETRY)
    if error.status >= _SERVER_ERROR:
        return Unknown(f"HTTP {error.status}")
    return NotSent(error.code or error.status, failure_of(error.code or error.status))


def _broken_connection(error: requests.ConnectionError) -> Outcome:
    cause = str(error)
    refused = (
        "Connection refused" in cause or "Name or service not known" in cause or "NewConnection" in cause
    )
    return NotSent(0, FailureClass.RETRY) if refused else Unknown("connection lost")
