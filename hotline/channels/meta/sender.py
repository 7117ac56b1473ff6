"""Sending through the Cloud API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from cases.vocabulary import Channel
from hotline.channels.meta.error_codes import failure_of, is_certainly_not_sent
from hotline.channels.port import FailureClass, Features, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.config import Settings, is_loopback

_TIMEOUT = (5, 10)
_TOO_MANY_REQUESTS, _UNAUTHORIZED, _SERVER_ERROR = 429, 401, 500
# The codes under which a refusal without a code of Meta's is kept.
_BAD_TOKEN, _RATE_LIMIT = 190, 130429
# So long a status report may take that tells of a message whose answer was lost; then it is sent again.
WAIT_FOR_REPORT = timedelta(minutes=2)


class MetaChannel:
    """`OutgoingChannel` on the Cloud API. It has no idempotency key and no list of what was sent. Our own id goes
    with every message and comes back in every status report, which settles most unknown outcomes; where no
    report comes within two minutes the message is sent again, for twice is better than never."""

    provider = "meta"
    features = Features(channels=frozenset({Channel.WHATSAPP}), reports=True, templates=True)

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.meta_api_url}/{settings.meta_phone_number_id}/messages"
        self._token = settings.meta_access_token
        self._session = requests.Session()
        if is_loopback(settings.meta_api_url):
            # A proxy from the environment must not see traffic that is meant for this machine.
            self._session.trust_env = False

    def send(self, outgoing: Outgoing) -> Outcome:
        if outgoing.channel is not Channel.WHATSAPP or not self._token:
            return NotSent(0, FailureClass.CONFIGURATION)
        try:
            answer = self._session.post(
                self._url,
                json=_body_of(outgoing),
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.ConnectTimeout:
            return NotSent(0, FailureClass.RETRY)
        except requests.ConnectionError as error:
            return _broken_connection(error)
        except (requests.RequestException, ValueError) as error:
            return Unknown(type(error).__name__)
        return _outcome(answer)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        """Nobody can be asked: wait for a report, which ends the search by itself; then say that it is not there."""
        if datetime.now(UTC) - since < WAIT_FOR_REPORT:
            return Unknown("waits for a status report")
        return NotSent(0, FailureClass.RETRY)


def _body_of(outgoing: Outgoing) -> dict[str, Any]:
    number = outgoing.to.removeprefix("whatsapp:")
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": str(outgoing.message_id),
    }
    # A business-scoped user id has a field of its own.
    body |= {"to": number.removeprefix("+")} if number.startswith("+") else {"recipient": number}
    if outgoing.template is None:
        return body | {"type": "text", "text": {"preview_url": False, "body": outgoing.body}}
    template = outgoing.template
    shown: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if template.values:
        values = [{"type": "text", "text": value} for value in template.values]
        shown["components"] = [{"type": "body", "parameters": values}]
    return body | {"type": "template", "template": shown}


def _outcome(answer: requests.Response) -> Outcome:
    told = _json(answer)
    if answer.ok:
        sid = _first_id(told)
        return Sent(sid, "accepted") if sid else Unknown("an answer without an id")
    error = told.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    code = code if isinstance(code, int) else 0
    if answer.status_code >= _SERVER_ERROR and not is_certainly_not_sent(code):
        return Unknown(f"HTTP {answer.status_code}")
    if answer.status_code == _TOO_MANY_REQUESTS:
        return NotSent(code or _RATE_LIMIT, FailureClass.RETRY)
    if answer.status_code == _UNAUTHORIZED:
        return NotSent(code or _BAD_TOKEN, FailureClass.CONFIGURATION)
    return NotSent(code or answer.status_code, failure_of(code or answer.status_code))


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _first_id(told: dict[str, Any]) -> str | None:
    messages = told.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    sid = first.get("id") if isinstance(first, dict) else None
    return sid if isinstance(sid, str) and sid else None


def _broken_connection(error: requests.ConnectionError) -> Outcome:
    cause = str(error)
    refused = "NewConnection" in cause or "NameResolution" in cause
    return NotSent(0, FailureClass.RETRY) if refused else Unknown("connection lost")
