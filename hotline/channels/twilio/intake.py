"""From a form of Twilio's to what `take_message` takes: the one path of webhook, spool and gap-fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from escalation.services.book import Book
from escalation.services.take_message import Inbound, Taken, take_message
from hotline.channels.twilio.content import content_of, words_of
from hotline.channels.twilio.schemas import NUL_MARK, InboundSchema, addresses_of, media_of, unread_parameters

_INBOUND = InboundSchema()


class Way(StrEnum):
    """How a message reached the database, when it was not at once."""

    SPOOL = "spool"
    GAP_FILL = "gap_fill"


@dataclass(frozen=True, slots=True)
class Late:
    """A message that comes in later than it was sent: by which way, and when it had reached the provider or us."""

    way: Way
    since: datetime


def take_form(
    session: Session, form: Mapping[str, str], *, book: Book, now: datetime, late: Late | None = None
) -> Taken:
    """Take in the message of a form, in the caller's transaction; a repeat changes nothing. Raises marshmallow's
    ValidationError for a form that is no message."""
    return take_message(session, inbound_of(form, late=late), book=book, now=now)


def inbound_of(form: Mapping[str, str], *, late: Late | None = None) -> Inbound:
    """Read a form. What cannot be stored as it came (a NUL) is marked in the body, and the bytes are kept."""
    values: dict[str, Any] = _INBOUND.load(dict(form))
    body = values["body"]
    has_nul = "\x00" in body
    content = content_of(body, form)
    if late is not None:
        content["came"] = {"by": late.way.value, "sent_at": late.since.isoformat()}
        if late.way is Way.GAP_FILL:
            # The provider's list carries no places, buttons and names: nothing is said of what may be missing.
            content.pop("unsupported", None)
    return Inbound(
        sid=values["sid"].replace("\x00", NUL_MARK),
        addresses=addresses_of(values),
        body=body.replace("\x00", NUL_MARK) if has_nul else body,
        body_raw=body.encode() if has_nul else None,
        profile_name=values["profile_name"],
        content=content or None,
        extra=unread_parameters(dict(form)),
        media=media_of(values),
        words=words_of(body, form, content),
        received_at=late.since if late else None,
    )
