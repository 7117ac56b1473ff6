"""Calls that the product makes: what ``POST …/Calls.json`` may say, and how a phone takes them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.calls import Call
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.settings import PhonesSettings

MOST_TWIML = 4000
EVENTS = ("initiated", "ringing", "answered", "completed")
_PRESSES = re.compile(r"press:([0-9*#]{1,20})")
NOBODY = "no-answer"
MANNERS = ("answer", "busy", NOBODY, "failed", "press:DIGITS")


@dataclass(frozen=True)
class Manner:
    """How a phone takes a call: ``answer`` picks up and presses nothing, ``press:1`` picks up and presses 1."""

    name: str
    digits: str = ""

    def as_json(self) -> str:
        return f"press:{self.digits}" if self.digits else self.name

    @property
    def picks_up(self) -> bool:
        return self.name == "answer"


def parse_manner(value: object) -> Manner:
    """Raises ValueError with a sentence."""
    text = str(value)
    pressed = _PRESSES.fullmatch(text)
    if pressed:
        return Manner("answer", pressed[1])
    if text not in MANNERS[:-1]:
        raise ValueError(f"a call is taken in one of these ways: {list(MANNERS)}")
    return Manner(text)


@dataclass(frozen=True)
class Order:
    """One call to make."""

    call: Call
    twiml: str
    url: str
    method: str
    callback: str
    events: frozenset[str]


def parse_order(form: MultiDict[str, str], settings: PhonesSettings, call: Call) -> Order:
    """Check the form and give the call its numbers. Raises Refusal."""
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        raise Refusal(21201)
    address = parse_address(to)
    if address is None or address.channel != "sms" or address.is_scoped_id:
        raise Refusal(21217, to)
    if not sender:
        raise Refusal(21213)
    if sender not in (settings.sms_number, settings.whatsapp_number):
        raise Refusal(21210, sender)
    twiml, url = form.get("Twiml", ""), form.get("Url", "")
    if not twiml and not url:
        raise Refusal(21205)
    if len(twiml) > MOST_TWIML:
        raise Refusal(21205, f"Twiml is longer than {MOST_TWIML} characters")
    callback = form.get("StatusCallback", "")
    for given in filter(None, (url, callback)):
        if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
            raise Refusal(21205 if given == url else 21609, given)
    if settings.blocked_countries and address.bare.startswith(settings.blocked_countries):
        raise Refusal(21215, to)
    call.to, call.sender = address.bare, sender
    # The library sends a list as one field each; people write it with spaces.
    events = {word for given in form.getlist("StatusCallbackEvent") for word in given.split()}
    return Order(
        call=call,
        twiml=twiml,
        url=url,
        method=form.get("Method", "POST"),
        callback=callback,
        events=frozenset(events or {"completed"}),
    )
