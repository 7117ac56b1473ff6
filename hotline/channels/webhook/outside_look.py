"""Asking an outside model about one message: signed, pinned to a checked address, short, and read with suspicion."""

from __future__ import annotations

import http.client
import json
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlunsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from standardwebhooks import Webhook

from cases.vocabulary import Category, Urgency
from escalation.services.outside_look import Opinion, Question
from hotline.media.addresses import Hop, NotFetched, Resolver, resolve
from hotline.media.fetch import connected, read_body
from hotline.media.pinned import WrongAddress, hop_to

TOTAL_SECONDS = 5.0
LARGEST_ANSWER = 16 * 1024


class NoAnswer(Exception):
    """Nothing came back in time that is an answer at all; another attempt may help."""


class Meaningless(Exception):
    """It answered, with something that is no opinion: asking again would bring the same."""


class _OpinionSchema(Schema):
    """`{"urgency": "U1", "categories": ["SEKAP"], "reason": "…"}`. What else it says is not read."""

    class Meta:
        unknown = EXCLUDE

    urgency = fields.Enum(Urgency, by_value=True, required=True)
    categories = fields.List(
        fields.Enum(Category, by_value=True), load_default=list, validate=validate.Length(max=10)
    )
    reason = fields.String(load_default="", validate=validate.Length(max=2000))


class OutsideModel:
    """The model behind one address."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        loopback: bool = False,
        resolver: Resolver = resolve,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._url = url
        self._webhook = Webhook(secret)
        self._loopback = loopback
        self._resolver = resolver
        self._seconds = seconds

    def ask(self, question: Question) -> Opinion:
        """One attempt. Raises NoAnswer or Meaningless; never follows a redirect, never goes into our own network."""
        body = payload_of(question)
        try:
            hop = hop_to(self._url, loopback=self._loopback, resolver=self._resolver)
            content = self._post(hop, body, str(question.message_id))
        except (WrongAddress, ValueError) as error:
            raise NoAnswer("address") from error
        except NotFetched as error:
            raise NoAnswer(error.reason.value) from error
        except (OSError, http.client.HTTPException, AttributeError) as error:
            # AttributeError: a connection that the watch cut in the middle of a read.
            raise NoAnswer(type(error).__name__) from error
        return _read(content)

    def _post(self, hop: Hop, body: str, name: str) -> bytes:
        now = datetime.now(UTC)
        headers = {
            "Host": hop.url.netloc,
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "hotline",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(name, now, body),
        }
        ends = time.monotonic() + self._seconds
        with connected(hop, ends) as connection:
            target = urlunsplit(("", "", hop.url.path or "/", hop.url.query, ""))
            connection.request("POST", target, body=body.encode(), headers=headers)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise NoAnswer(str(answer.status))
            content = read_body(answer, LARGEST_ANSWER)
            if time.monotonic() >= ends:
                raise NoAnswer(
                    "too slow"
                )  # a connection that the watch cut looks like one that came to its end
            return content


def payload_of(question: Question) -> str:
    """The body of the request (docs/triage.md)."""
    data: dict[str, Any] = {
        "text": question.text,
        "language": question.language,
        "country": question.country,
        "urgency": question.urgency.value,
        "categories": list(question.categories),
    }
    return json.dumps({"type": "triage.look", "data": data}, ensure_ascii=False, separators=(",", ":"))


def _read(content: bytes) -> Opinion:
    try:
        values = _OpinionSchema().load(json.loads(content))
    except (ValueError, RecursionError, ValidationError) as error:
        raise Meaningless from error
    categories = tuple(dict.fromkeys(values["categories"]))
    return Opinion(values["urgency"], categories, values["reason"].replace("\x00", ""))
