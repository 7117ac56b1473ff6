"""What opens Twilio's door to us. While a credential is being changed two of them may do, and either may be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from hotline.config import Settings

Answer = TypeVar("Answer")
UNAUTHORIZED = 401
logger = structlog.get_logger(__name__)


class Credentials:
    """Asks Twilio with the credential that worked last; one that is refused (401) makes way for the next.

    Refused means that nothing was done, so asking again loses and doubles nothing.
    """

    def __init__(self, settings: Settings, new_http_client: Callable[[], TwilioHttpClient]) -> None:
        self._clients = [
            Client(name, secret, settings.twilio_account_sid, http_client=new_http_client())
            for name, secret in settings.twilio_secrets
        ]
        self._in_use = 0

    def ask(self, question: Callable[[Client], Answer]) -> Answer:
        """The answer to a question asked of a client. Raises what the SDK raises; a refusal only when all were."""
        first = self._in_use
        for step in range(len(self._clients)):
            place = (first + step) % len(self._clients)
            try:
                answer = question(self._clients[place])
            except TwilioException as error:
                if status_of(error) == UNAUTHORIZED and step + 1 < len(self._clients):
                    continue
                raise
            if place != first:
                self._in_use = place
                logger.warning("another credential is in use from now on", place=place)
            return answer
        raise RuntimeError("there is always a credential")


def status_of(error: Any) -> int:
    """The HTTP status of an answer in any of the SDK's shapes of error; 0 for one that has none."""
    status = getattr(error, "status", 0)
    if not status and len(error.args) > 1:
        # A list that cannot be read raises the SDK's base error, with the response beside the words.
        status = getattr(error.args[1], "status_code", 0)
    return status if isinstance(status, int) else 0
