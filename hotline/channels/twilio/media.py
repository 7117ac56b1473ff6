"""Deleting what was attached: what we hold safely must not lie with a third party."""

from __future__ import annotations

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from hotline.channels.twilio.credentials import Credentials
from hotline.channels.twilio.sender import RebasedHttpClient
from hotline.config import Settings

_NOT_FOUND = 404


class TwilioMedia:
    """The provider's media, by the ids of message and medium."""

    def __init__(self, settings: Settings) -> None:
        self._credentials = Credentials(settings, lambda: RebasedHttpClient(settings.twilio_api_url))
        # The SDK loads what it needs at the first use, which takes a second; no attachment should wait for that.
        self._credentials.ask(lambda client: client.messages("MM").media("ME"))

    def delete(self, message_sid: str, media_sid: str) -> bool:
        """True when it is gone, also when it was gone before. Never raises for what a provider does."""
        try:
            return bool(
                self._credentials.ask(lambda client: client.messages(message_sid).media(media_sid).delete())
            )
        except TwilioRestException as error:
            return bool(error.status == _NOT_FOUND)
        except (requests.RequestException, TwilioException, ValueError):
            return False
