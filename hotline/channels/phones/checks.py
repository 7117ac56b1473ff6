"""Whether a create-message request would be accepted, and the message it becomes."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import Address, parse_address
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import Consent
from hotline.channels.phones.content import SID as CONTENT_SID
from hotline.channels.phones.content import STOPPED, Button, Templates
from hotline.channels.phones.errors import Refusal
from hotline.channels.phones.faults import Faults
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
_ALPHA = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


@dataclass(frozen=True)
class _Content:
    """The text, what it offers, and the failures it will meet on the way."""

    text: str
    opens_window: bool = False
    failure: int | None = None
    failure_outside_window: int | None = None
    buttons: tuple[Button, ...] = ()
    is_list: bool = False


class Desk:
    """Checks a request in a fixed order and makes the message, or raises Refusal."""

    def __init__(
        self,
        settings: PhonesSettings,
        clock: Clock,
        shelf: MessageShelf,
        consent: Consent,
        templates: Templates,
        faults: Faults,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._shelf = shelf
        self._consent = consent
        self._templates = templates
        self._faults = faults

    def accept(self, form: MultiDict[str, str]) -> Message:
        """Turn a form into a message that is on the shelf with its initial status."""
        to = self._recipient(form)
        service, sender = self._origin(form, to)
        content = self._content(form)
        media = self._media(form)
        callback = self._callback(form)
        self._period(form)
        send_at = self._send_at(form) if service else None  # without a service it is silently ignored
        if self._consent.has_stopped(service or (sender or "").removeprefix("whatsapp:"), to.bare):
            raise Refusal(21610)
        now = self._clock.now()
        failure = content.failure or (63018 if self._is_burst(to) else None)
        message = Message(
            sid=self._shelf.new_sid("MM" if media else "SM"),
            account_sid=self._settings.account_sid,
            to=to.wire,
            sender=sender,
            body=content.text,
            direction="outbound-api",
            status="scheduled" if send_at else "accepted" if service else "queued",
            created=now,
            updated=now,
            segments=0 if service and not sender else count_segments(content.text),
            media=media,
            service_sid=service,
            status_callback=callback,
            send_at=send_at,
            is_template=content.opens_window,
            forced_code=failure,
            refused_outside_window=content.failure_outside_window,
            buttons=content.buttons,
            is_list=content.is_list,
            discard_body=form.get("ContentRetention") == "discard",
        )
        self._shelf.add(message)
        return message

    def _is_burst(self, to: Address) -> bool:
        most = self._faults.whatsapp_burst
        if to.channel != "whatsapp" or not most:
            return False
        return self._consent.is_burst(self._settings.whatsapp_number, to.bare, self._clock.now(), most)

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

    def _content(self, form: MultiDict[str, str]) -> _Content:
        content_sid = form.get("ContentSid", "")
        if content_sid:
            return self._template(content_sid, form.get("ContentVariables", ""))
        body = form.get("Body", "")
        if len(body) > 1600:
            raise Refusal(21617)
        if not body and not form.getlist("MediaUrl"):
            raise Refusal(21602)
        return _Content(body)

    def _template(self, content_sid: str, variables: str) -> _Content:
        if not CONTENT_SID.fullmatch(content_sid):
            raise Refusal(21655, content_sid)
        try:
            values: Any = json.loads(variables) if variables else {}
        except ValueError as mistake:
            raise Refusal(21656) from mistake
        if not isinstance(values, dict):
            raise Refusal(21656)
        template = self._templates.get(content_sid)
        if template is None:
            shown = " · ".join(str(value) for value in values.values())
            failure = 63027 if len(self._templates) else None
            return _Content(f"[{content_sid}] {shown}".strip(), opens_window=True, failure=failure)
        text = template.render(values)
        approved = template.status == "approved" and not template.items
        return _Content(
            text if text is not None else template.body,
            opens_window=approved,
            failure=63028 if text is None else 63041 if template.status in STOPPED else None,
            failure_outside_window=None if template.status == "approved" else 63027,
            buttons=template.items or template.buttons,
            is_list=bool(template.items),
        )

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
