"""Sending through Twilio's REST API."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient

from cases.rules.phone_numbers import address_text
from cases.vocabulary import Channel
from hotline.channels.port import (
    BAD_CREDENTIALS,
    FailureClass,
    Features,
    NotSent,
    Outcome,
    Outgoing,
    Sent,
    Unknown,
)
from hotline.channels.twilio.calling import call, find_call
from hotline.channels.twilio.credentials import UNAUTHORIZED, Credentials, status_of
from hotline.channels.twilio.error_codes import failure_of
from hotline.config import Settings

# The SDK's own default is to wait for ever.
TIMEOUT_SECONDS = 10
# How far the provider's clock may be from ours when we look for a message of ours on its list. Generous: one of
# another row is known by its id and passed over.
_CLOCK_SKEW = timedelta(minutes=15)
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
    features = Features(
        channels=frozenset({Channel.SMS, Channel.WHATSAPP, Channel.CALL}),
        can_be_asked=True,
        reports=True,
        templates=True,
    )

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._credentials = Credentials(settings, lambda: RebasedHttpClient(settings.twilio_api_url))

    def send(self, outgoing: Outgoing) -> Outcome:
        if outgoing.channel is Channel.CALL:
            return guarded(lambda: call(self._credentials, self._settings, outgoing))
        sender = self._sender(outgoing.channel)
        if not sender or outgoing.channel not in self.features.channels:
            return NotSent(0, FailureClass.CONFIGURATION)
        return guarded(lambda: self._create(outgoing, sender))

    def _create(self, outgoing: Outgoing, sender: dict[str, str]) -> Outcome:
        message = self._credentials.ask(
            lambda client: client.messages.create(
                to=address_text(outgoing.channel, outgoing.to),
                status_callback=f"{self._settings.public_url}/twilio/status?message={outgoing.message_id}",
                **sender,
                **_words(outgoing),
            )
        )
        return Sent(message.sid, message.status)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        if outgoing.channel is Channel.CALL:
            return find_call(self._credentials, outgoing, since=since - _CLOCK_SKEW, known_sids=known_sids)
        try:
            listed = self._credentials.ask(
                lambda client: client.messages.list(
                    to=address_text(outgoing.channel, outgoing.to),
                    date_sent_after=since - _CLOCK_SKEW,
                    limit=1000,
                )
            )
        except (requests.RequestException, TwilioException, ValueError) as error:
            status = status_of(error)
            return Unknown(f"HTTP {status}" if status else type(error).__name__)
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


def guarded(send: Callable[[], Outcome]) -> Outcome:
    """The outcome of handing something over, also when that ends in an error."""
    try:
        return send()
    except (TwilioRestException, TwilioServiceException) as error:
        return _refusal(error)
    except requests.ConnectionError as error:
        return _broken_connection(error)
    except (requests.RequestException, TwilioException, ValueError) as error:
        return Unknown(type(error).__name__)


def _words(outgoing: Outgoing) -> dict[str, str]:
    if outgoing.content_sid is None:
        return {"body": outgoing.body}
    if not outgoing.content_variables:
        return {"content_sid": outgoing.content_sid}
    return {
        "content_sid": outgoing.content_sid,
        "content_variables": json.dumps(outgoing.content_variables),
    }


def _refusal(error: Any) -> Outcome:
    if error.status == _TOO_MANY_REQUESTS:
        return NotSent(error.code or 20429, FailureClass.RETRY)
    if error.status == UNAUTHORIZED:
        # Nothing is wrong with the message, and nothing was done: it waits until somebody has mended the credentials.
        return NotSent(error.code or BAD_CREDENTIALS, FailureClass.RETRY)
    if error.status >= _SERVER_ERROR:
        return Unknown(f"HTTP {error.status}")
    return NotSent(error.code or error.status, failure_of(error.code or error.status))


def _broken_connection(error: requests.ConnectionError) -> Outcome:
    cause = str(error)
    refused = (
        "Connection refused" in cause or "Name or service not known" in cause or "NewConnection" in cause
    )
    return NotSent(0, FailureClass.RETRY) if refused else Unknown("connection lost")
