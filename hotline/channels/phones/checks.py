"""Whether a create-message request would be accepted, and the message it becomes."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import Address, parse_address
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import Consent
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.messages import Message, MessageShelf
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings

_PARAMETERS = (
    "To From MessagingServiceSid Body MediaUrl ContentSid ContentVariables StatusCallback ApplicationSid "
    "MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention AddressRetention "
    "SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms RiskCheck "
    "FallbackFrom MessageIntent"
)
PARAMETERS = frozenset(_PARAMETERS.split())

# The test numbers of the provider, which mean the same here: the last digits choose the answer.
MAGIC_TO = {"0001": 21211, "0002": 21612, "0003": 21408, "0004": 21610, "0009": 21614}
MAGIC_FROM = {"0001": 21212, "0007": 21606, "0008": 21611}
MAGIC = "+1500555"
GOOD_MAGIC_FROM = MAGIC + "0006"

_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_ALPHA = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


class Desk:
    """Checks a request in a fixed order and makes the message, or raises Refusal."""

    def __init__(self, settings: PhonesSettings, clock: Clock, shelf: MessageShelf, consent: Consent) -> None:
        self._settings = settings
        self._clock = clock
        self._shelf = shelf
        self._consent = consent

    def accept(self, form: MultiDict[str, str]) -> Message:
        """Turn a form into a message that is on the shelf with its initial status."""
        to = self._recipient(form)
        service, sender = self._origin(form, to)
        body, is_template, forced_code = self._content(form)
        media = self._media(form)
        callback = self._callback(form)
        self._period(form)
        send_at = self._send_at(form) if service else None  # without a service it is silently ignored
        if self._consent.has_stopped(service or (sender or "").removeprefix("whatsapp:"), to.bare):
            raise Refusal(21610)
        now = self._clock.now()
        message = Message(
            sid=self._shelf.new_sid("MM" if media else "SM"),
            account_sid=self._settings.account_sid,
            to=to.wire,
            sender=sender,
            body=body,
            direction="outbound-api",
            status="scheduled" if send_at else "accepted" if service else "queued",
            created=now,
            updated=now,
            segments=0 if service and not sender else count_segments(body),
            media=media,
            service_sid=service,
            status_callback=callback,
            send_at=send_at,
            is_template=is_template,
            forced_code=forced_code,
            discard_body=form.get("ContentRetention") == "discard",
        )
        self._shelf.add(message)
        return message

    def _recipient(self, form: MultiDict[str, str]) -> Address:
        text = form.get("To", "")
        if not text:
            raise Refusal(21604)
        address = parse_address(text)
        if address is None:
            raise Refusal(21211, text)
        if address.bare.startswith(MAGIC) and address.bare[-4:] in MAGIC_TO:
            raise Refusal(MAGIC_TO[address.bare[-4:]], text)
        if address.channel == "sms" and address.bare.startswith(self._settings.blocked_countries):
            raise Refusal(21408, text)
        return address

    def _origin(self, form: MultiDict[str, str], to: Address) -> tuple[str | None, str | None]:
        service, text = form.get("MessagingServiceSid", ""), form.get("From", "")
        if not service and not text:
            raise Refusal(21603)
        if service and not _SERVICE.fullmatch(service):
            raise Refusal(20001, "MessagingServiceSid")
        if service and service != self._settings.messaging_service_sid:
            raise Refusal(20404, service)
        if not text:
            return service, None
        address = parse_address(text)
        if address is None and not _ALPHA.fullmatch(text):
            raise Refusal(21212, text)
        if address is None:
            raise Refusal(21606, text)  # a name as a sender is only for accounts that registered it
        if address.channel != to.channel:
            raise Refusal(21910, f"{text} and {to.wire}")
        if address.bare.startswith(MAGIC) and address.bare[-4:] in MAGIC_FROM:
            raise Refusal(MAGIC_FROM[address.bare[-4:]], text)
        ours = self._settings.whatsapp_number if to.channel == "whatsapp" else self._settings.sms_number
        if address.bare not in (ours, GOOD_MAGIC_FROM):
            raise Refusal(63007 if to.channel == "whatsapp" else 21606, text)
        return service or None, address.wire

    def _content(self, form: MultiDict[str, str]) -> tuple[str, bool, int | None]:
        """The text, whether a template made it, and the failure it will meet on the way."""
        content_sid = form.get("ContentSid", "")
        if content_sid:
            return self._template(content_sid, form.get("ContentVariables", ""))
        body = form.get("Body", "")
        if len(body) > 1600:
            raise Refusal(21617)
        if not body and not form.getlist("MediaUrl"):
            raise Refusal(21602)
        return body, False, None

    def _template(self, content_sid: str, variables: str) -> tuple[str, bool, int | None]:
        if not _CONTENT.fullmatch(content_sid):
            raise Refusal(21655, content_sid)
        try:
            values: Any = json.loads(variables) if variables else {}
        except ValueError as mistake:
            raise Refusal(21656) from mistake
        if not isinstance(values, dict):
            raise Refusal(21656)
        known = self._settings.content_templates
        text = known.get(content_sid)
        if text is None:
            shown = " · ".join(str(value) for value in values.values())
            return f"[{content_sid}] {shown}".strip(), True, 63027 if known else None
        if set(_PLACE.findall(text)) != set(values):
            return text, True, 63028
        return _PLACE.sub(lambda place: str(values[place[1]]), text), True, None

    def _media(self, form: MultiDict[str, str]) -> tuple[str, ...]:
        urls = tuple(form.getlist("MediaUrl"))
        if len(urls) > 10:
            raise Refusal(21623)
        for url in urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise Refusal(21620, url)
        return urls

    def _callback(self, form: MultiDict[str, str]) -> str | None:
        url = form.get("StatusCallback", "")
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
            raise Refusal(21609, url)
        return url

    def _period(self, form: MultiDict[str, str]) -> None:
        text = form.get("ValidityPeriod", "")
        if text and not (text.isdigit() and 1 <= int(text) <= 36000):
            raise Refusal(20001, "ValidityPeriod")

    def _send_at(self, form: MultiDict[str, str]) -> datetime | None:
        if "ScheduleType" not in form and "SendAt" not in form:
            return None
        if form.get("ScheduleType") != "fixed":
            raise Refusal(20001, "ScheduleType")
        try:
            moment = datetime.fromisoformat(form.get("SendAt", ""))
            ahead = moment - self._clock.now()
        except (ValueError, TypeError) as mistake:
            raise Refusal(35115) from mistake
        if not timedelta(minutes=5) <= ahead <= timedelta(days=35):
            raise Refusal(35115)
        return moment
