"""Sending one signed event: our message id is its id, so that a repeat is known as one."""

from __future__ import annotations

import http.client
import time
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlunsplit
from uuid import UUID

from standardwebhooks import Webhook

from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, Features, NotSent, Outcome, Outgoing, Sent, Unknown
from hotline.config import Settings
from hotline.media.addresses import Hop, NotFetched, Resolver, resolve
from hotline.media.fetch import connected
from hotline.media.pinned import WrongAddress, hop_to

TOTAL_SECONDS = 10.0
_MOST_ANSWER = 64 * 1024
# The same words would be refused again.
_CONTENT = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class WebhookChannel:
    """`OutgoingChannel` to agencies' machines. Any answer but 2xx is tried again for hours, as the specification
    asks, except where that cannot help: a redirect (never followed), words that are refused, and 410, which closes
    the endpoint. Sending again is always safe: the partner knows the message by `webhook-id`."""

    provider = "webhook"
    features = Features(channels=frozenset({Channel.WEBHOOK}), repeats_safely=True)

    def __init__(
        self, settings: Settings, *, resolver: Resolver = resolve, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._loopback = settings.webhook_loopback
        self._resolver = resolver
        self._seconds = seconds

    def send(self, outgoing: Outgoing) -> Outcome:
        if outgoing.channel is not Channel.WEBHOOK or not outgoing.secrets:
            return NotSent(0, FailureClass.CONFIGURATION)
        return self.post(outgoing.message_id, outgoing.to, outgoing.body, outgoing.secrets)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        """Nobody need be asked: it is sent again under the same id."""
        return NotSent(0, FailureClass.RETRY)

    def post(self, message_id: UUID, url: str, body: str, secrets: tuple[str, ...]) -> Outcome:
        """One attempt, signed with every secret that is valid now."""
        try:
            hop = hop_to(url, loopback=self._loopback, resolver=self._resolver)
            headers = _headers(message_id, body, secrets)
        except NotFetched:
            return NotSent(0, FailureClass.RETRY_SLOWLY)
        except (WrongAddress, ValueError):
            return NotSent(0, FailureClass.CONFIGURATION)
        try:
            status = self._post(hop, body.encode(), headers)
        except ConnectionRefusedError:
            return NotSent(0, FailureClass.RETRY_SLOWLY)
        except (OSError, http.client.HTTPException, NotFetched, AttributeError) as error:
            # AttributeError: a connection that the watch cut in the middle of a read.
            return Unknown(type(error).__name__)
        return _outcome(status, message_id)

    def _post(self, hop: Hop, body: bytes, headers: dict[str, str]) -> int:
        with connected(hop, time.monotonic() + self._seconds) as connection:
            target = urlunsplit(("", "", hop.url.path or "/", hop.url.query, ""))
            connection.request("POST", target, body=body, headers={"Host": hop.url.netloc, **headers})
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER)
            return answer.status


def _headers(message_id: UUID, body: str, secrets: tuple[str, ...]) -> dict[str, str]:
    now = datetime.now(UTC)
    signatures = [Webhook(secret).sign(str(message_id), now, body) for secret in secrets]
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "hotline",
        "webhook-id": str(message_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _outcome(status: int, message_id: UUID) -> Outcome:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Sent(f"webhook:{message_id}", "delivered")
    if status == HTTPStatus.GONE:
        return NotSent(status, FailureClass.ADDRESS)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return NotSent(status, FailureClass.CONFIGURATION)
    return NotSent(status, FailureClass.CONTENT if status in _CONTENT else FailureClass.RETRY_SLOWLY)
