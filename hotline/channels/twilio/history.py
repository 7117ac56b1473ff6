"""Reading Twilio's own lists, by REST: of what came in, for what its webhooks could not bring us; of what it sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from cases.rules.phone_numbers import address_text, parse_address
from cases.services.reconcile import Handed
from cases.vocabulary import Channel
from hotline.channels.twilio.credentials import Credentials
from hotline.channels.twilio.sender import RebasedHttpClient
from hotline.config import Settings

_PAGE = 500
_NOT_FOUND = 404
_MEDIA_HOST = "https://api.twilio.com"


class HistoryUnavailable(Exception):
    """Twilio does not answer, or not with a list. `reason` names the kind of failure."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message or a call on the list, as the form its webhook would have posted. The list tells less: no names
    of profiles, places or buttons. `media`: how many attachments are to be asked for."""

    sid: str
    at: datetime
    form: dict[str, str] = field(repr=False)
    is_call: bool = False
    media: int = 0


class History:
    """The account's incoming messages and calls."""

    def __init__(self, settings: Settings) -> None:
        self._account = settings.twilio_account_sid
        self._credentials = Credentials(settings, lambda: RebasedHttpClient(settings.twilio_api_url))
        self._ours = _our_addresses(settings)

    def messages(self, since: datetime) -> Iterator[Listed]:
        """Incoming messages from that moment on, newest first. Raises HistoryUnavailable."""
        for to in self._ours:
            filters = {"to": to} if to else {}
            try:
                for message in self._credentials.ask(partial(_messages, since=since, filters=filters)):
                    if message.direction == "inbound":
                        yield self._message(message)
            except (TwilioException, requests.RequestException, ValueError) as error:
                raise HistoryUnavailable(type(error).__name__) from error

    def sent(self, since: datetime, until: datetime) -> Iterator[Handed]:
        """What it sent for us in that span, newest first. Raises HistoryUnavailable."""
        for sender in self._ours:
            filters = {"from_": sender} if sender else {}
            try:
                asked = partial(_messages, since=since, filters=filters, until=until)
                for message in self._credentials.ask(asked):
                    if str(message.direction).startswith("outbound"):
                        yield _handed(message)
            except (TwilioException, requests.RequestException, ValueError) as error:
                raise HistoryUnavailable(type(error).__name__) from error

    def knows(self, sid: str) -> bool:
        """True for an id of a message of Twilio's; others are another provider's."""
        return sid.startswith(("SM", "MM"))

    def one(self, sid: str) -> Handed | None:
        """How one message stands; None when there is no such one. Raises HistoryUnavailable."""
        try:
            return _handed(self._credentials.ask(lambda client: client.messages(sid).fetch()))
        except TwilioRestException as error:
            if error.status == _NOT_FOUND:
                return None
            raise HistoryUnavailable(type(error).__name__) from error
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise HistoryUnavailable(type(error).__name__) from error

    def calls(self, since: datetime) -> Iterator[Listed]:
        """Incoming calls from that moment on, newest first. Raises HistoryUnavailable."""
        # Voice has no channel address: the list is asked for by number, and WhatsApp calls stand under it too.
        for to in dict.fromkeys(to.removeprefix("whatsapp:") if to else None for to in self._ours):
            filters = {"to": to} if to else {}
            try:
                for call in self._credentials.ask(partial(_calls, since=since, filters=filters)):
                    if call.direction == "inbound":
                        yield self._call(call)
            except (TwilioException, requests.RequestException, ValueError) as error:
                raise HistoryUnavailable(type(error).__name__) from error

    def with_media(self, listed: Listed) -> dict[str, str]:
        """The form with the addresses of its attachments. Raises HistoryUnavailable."""
        if not listed.media:
            return listed.form
        try:
            media = self._credentials.ask(lambda client: client.messages(listed.sid).media.list())
        except (TwilioException, requests.RequestException, ValueError) as error:
            raise HistoryUnavailable(type(error).__name__) from error
        form = dict(listed.form)
        for number, one in enumerate(media):
            path = f"/2010-04-01/Accounts/{self._account}/Messages/{listed.sid}/Media/{one.sid}"
            form[f"MediaUrl{number}"] = _MEDIA_HOST + path
            form[f"MediaContentType{number}"] = one.content_type or ""
        return form

    def _message(self, message: Any) -> Listed:
        media = int(message.num_media or 0)
        form = {
            "MessageSid": message.sid,
            "AccountSid": self._account,
            "From": message.from_ or "",
            "To": message.to or "",
            "Body": message.body or "",
            "NumMedia": str(media),
        }
        return Listed(message.sid, message.date_sent or message.date_created, form, media=media)

    def _call(self, call: Any) -> Listed:
        form = {
            "CallSid": call.sid,
            "AccountSid": self._account,
            "From": call._from or "",
            "To": call.to or "",
            "CallStatus": call.status or "",
            "ForwardedFrom": call.forwarded_from or "",
        }
        return Listed(call.sid, call.start_time or call.date_created, form, is_call=True)


def _messages(
    client: Client, *, since: datetime, filters: dict[str, str], until: datetime | None = None
) -> Iterator[Any]:
    # The first page is asked for at once: a refused credential is met here, where another one can be tried.
    listed: Iterator[Any] = client.messages.stream(
        date_sent_after=since, page_size=_PAGE, **filters, **({"date_sent_before": until} if until else {})
    )
    return listed


def _calls(client: Client, *, since: datetime, filters: dict[str, str]) -> Iterator[Any]:
    listed: Iterator[Any] = client.calls.stream(start_time_after=since, page_size=_PAGE, **filters)
    return listed


def _handed(message: Any) -> Handed:
    address = parse_address(message.to or "")
    return Handed(
        sid=message.sid,
        to=address.value if address else message.to or "",
        body=message.body or "",
        status=message.status or "",
        error_code=int(message.error_code or 0),
        at=message.date_sent or message.date_created,
    )


def _our_addresses(settings: Settings) -> tuple[str | None, ...]:
    """What the list is asked for: our numbers; with a messaging service, whose numbers we do not know, everything."""
    if settings.twilio_messaging_service_sid:
        return (None,)
    whatsapp = settings.twilio_whatsapp_from
    numbers = (
        settings.twilio_sms_from,
        address_text(Channel.WHATSAPP, whatsapp.removeprefix("whatsapp:")) if whatsapp else None,
    )
    return tuple(number for number in numbers if number)
