"""Posting to the product as the provider does: signed, with the overrides of the URL fragment, retried."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urldefrag, urlencode, urljoin, urlsplit, urlunsplit

from twilio.request_validator import HMAC_SHA1, SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, RequestValidator
from werkzeug.datastructures import MultiDict

from hotline.channels.phones.faults import Faults
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.wire import Answer, Limits, Wire

Parameters = MultiDict[str, str]
_TOKENS = ("current", "next", "old")
SIGNATURES = ("right", "wrong", "none", *_TOKENS)
MOST_HOPS = 5


USUAL = Limits(5.0, 15.0, 15.0)


@dataclass(frozen=True)
class Overrides:
    """The fragment of a webhook URL, each value pulled into its allowed range."""

    limits: Limits = USUAL
    retries: int = 1
    policies: frozenset[str] = frozenset({"ct"})

    def retries_after(self, answer: Answer) -> bool:
        """Nothing is repeated after a success or a redirect."""
        if answer.failure == "partial":
            return False
        if answer.status is None:
            cause = {"connect": "ct", "timeout": "rt"}.get(answer.failure or "", "")
        elif answer.status >= 400:
            cause = "5xx" if answer.status >= 500 else "4xx"
        else:
            return False
        return cause in self.policies or "all" in self.policies


def parse_overrides(url: str) -> tuple[str, Overrides]:
    """Split a configured URL into what is requested and signed, and how hard to try."""
    bare, fragment = urldefrag(url)
    given = {name: values[-1] for name, values in parse_qs(fragment).items()}

    def number(name: str, default: int, least: int, most: int) -> int:
        text = given.get(name, "")
        return max(least, min(most, int(text))) if text.isdigit() else default

    limits = Limits(
        connect=number("ct", 5000, 100, 10000) / 1000,
        read=number("rt", 15000, 100, 15000) / 1000,
        total=number("tt", 15000, 100, 15000) / 1000,
    )
    policies = frozenset(given.get("rp", "ct").split(","))
    return bare, Overrides(limits, number("rc", 1, 0, 5), policies)


@dataclass(frozen=True)
class Attempt:
    """One request that was made."""

    method: str
    url: str
    status: int | None
    failure: str | None
    ms: int

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Posted:
    """The last answer, and every request that led to it."""

    answer: Answer
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True)
class Envelope:
    """What stays the same over all tries of one request."""

    token: str
    signature: str
    voice: bool


class Postman:
    """Signs and posts. The signature is over the URL without its fragment and without user and password."""

    def __init__(self, settings: PhonesSettings, faults: Faults, wire: Wire) -> None:
        self._settings = settings
        self._faults = faults
        self._wire = wire

    def post(
        self,
        url: str,
        params: Parameters,
        token: str,
        *,
        signature: str = "right",
        method: str = "POST",
        voice: bool = False,
    ) -> Posted:
        """Send until it is answered, refused for good, or the total time is up.

        ``token`` goes out as the idempotency header and stays the same over retries. ``signature`` is one of
        SIGNATURES. With ``method`` GET the parameters are in the query. ``voice`` signs as calls are signed.
        """
        target, overrides = parse_overrides(url)
        attempts: list[Attempt] = []
        deadline = time.monotonic() + overrides.limits.total
        answer = Answer(None, failure="timeout")
        for _ in range(1 + overrides.retries):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            limits = Limits(overrides.limits.connect, overrides.limits.read, left)
            envelope = Envelope(token, signature, voice)
            answer = self._follow(method, target, params, envelope, limits, attempts)
            if not overrides.retries_after(answer):
                break
        return Posted(answer, attempts)

    def _follow(
        self,
        method: str,
        url: str,
        params: Parameters,
        envelope: Envelope,
        limits: Limits,
        attempts: list[Attempt],
    ) -> Answer:
        """One try: a redirect is followed with GET and the form is lost, which is how it goes outside."""
        form = params
        if method == "GET" and params:
            query = urlencode(list(params.items(multi=True)))
            url, form = f"{url}{'&' if '?' in url else '?'}{query}", MultiDict()
        for _ in range(1 + MOST_HOPS):
            started = time.monotonic()
            headers = {"I-Twilio-Idempotency-Token": envelope.token, "User-Agent": "TwilioProxy/1.1"}
            headers |= self._signed(url, form, envelope)
            body = b""
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
                body = urlencode(list(form.items(multi=True))).encode()
            answer = self._wire.exchange(method, url, body, headers, limits)
            spent = round((time.monotonic() - started) * 1000)
            attempts.append(Attempt(method, url, answer.status, answer.failure, spent))
            location = answer.headers.get("location", "")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            elsewhere = urljoin(url, location)
            if urlsplit(elsewhere).hostname != urlsplit(url).hostname:
                return answer  # the stand-in talks to the product and to nobody else
            url, method, form = elsewhere, "GET", MultiDict()
        return answer

    def _signed(self, url: str, form: Parameters, envelope: Envelope) -> dict[str, str]:
        signature = envelope.signature
        if signature == "none":
            return {}
        settings, faults = self._settings, self._faults
        which = signature if signature in _TOKENS else faults.signing_token
        key = {
            "current": settings.auth_token,
            "next": settings.auth_tokens[-1],
            "old": settings.auth_token_old or f"old-{settings.auth_token}",
        }[which]
        headers = {}
        if faults.signing_algorithm != HMAC_SHA1 or faults.signing_key == "shared":
            key = settings.shared_key_secret or key
            headers[SIGNATURE_SETTINGS_HEADER] = (
                f"key={settings.shared_key_id},algorithm={faults.signing_algorithm}"
            )
        if signature == "wrong":
            key = "not-" + key
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        if envelope.voice and parts.scheme == "https" and parts.port:
            netloc = netloc.rpartition(":")[0]  # calls over https are signed without the port
        signed_url = url if netloc == parts.netloc else urlunsplit(parts._replace(netloc=netloc))
        value = RequestValidator(key).compute_signature(signed_url, form, algorithm=faults.signing_algorithm)
        return headers | {SIGNATURE_HEADER: value}
