"""A report that came by letter, e-mail, telephone, at the counter or over social media, written down by an officer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, Message
from cases.queries.find_case import locked_case
from cases.rules.phone_numbers import Address, parse_address
from cases.services.parties import add_party
from cases.vocabulary import Actor, Channel, IdentifierKind, PartyRole, Relation, Reporter
from escalation.services.book import Book
from escalation.services.take_message import Inbound, Outcome, take_message

CHANNELS = (Channel.CALL, Channel.WALK_IN, Channel.LETTER, Channel.EMAIL, Channel.SOCIAL_MEDIA)
LONGEST_REPORT, LONGEST_FIELD = 20_000, 500
_NUMBER = re.compile(r"(?<![\w+])(\+|00)\s?[\d][\d\s().-]{5,20}\d")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b", re.ASCII)
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Report:
    """What the officer wrote: three fields open a case (what, where, how to reach). `relation`: of whom reports
    for another. `key`: made once for each form, so that sending it twice registers one report."""

    what: str
    where: str
    reach: str
    channel: Channel
    key: str
    country: str | None = None
    relation: Relation | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The (locked) case, the message that holds the report, and what became of it."""

    case: Case
    message_id: UUID
    outcome: Outcome


def register_report(session: Session, report: Report, *, book: Book, by: Actor, now: datetime) -> Registered:
    """Take a report in as if it had been sent to us: judged, routed, with its clocks. A number that has an open case
    adds to it.

    Raises Invalid, naming the field, for missing words, an unknown country or a channel that is not for hands.
    """
    _check(report, book)
    what, where, reach = report.what.strip(), report.where.strip(), report.reach.strip()
    content: dict[str, Any] = {"by_hand": {"where": where, "reach": reach}}
    if report.relation is not None:
        content["by_hand"]["relation"] = report.relation.value
    inbound = Inbound(
        sid=f"hand:{by.user_id}:{report.key}",
        addresses=addresses_in(reach),
        body=what,
        profile_name=(report.name or "").strip() or None,
        content=content,
        channel=report.channel,
        words=f"{what}\n{where}",
        country=report.country,
        reporter=Reporter.THIRD_PERSON if report.relation else None,
    )
    taken = take_message(session, inbound, book=book, now=now, by=by)
    case_id = taken.case_id or session.get_one(Message, taken.message_id).case_id
    if case_id is None:
        raise Invalid("this key was used for something else", field="key")
    case = locked_case(session, case_id)
    if taken.outcome is Outcome.OPENED and report.relation is not None:
        add_party(session, case, PartyRole.PROXY, is_reporter=True, relation=report.relation, by=by, now=now)
    return Registered(case, taken.message_id, taken.outcome)


def addresses_in(reach: str) -> tuple[Address, ...]:
    """The international numbers and e-mail addresses in a text on how to reach somebody, each once, the numbers
    first; `00` means `+`."""
    mails = dict.fromkeys(match.group(0).lower() for match in _EMAIL.finditer(reach))
    return numbers_in(reach) + tuple(
        Address(Channel.EMAIL, IdentifierKind.EMAIL, mail, None) for mail in mails
    )


def numbers_in(reach: str) -> tuple[Address, ...]:
    """The international numbers in a text, each once."""
    found: dict[str, Address] = {}
    for match in _NUMBER.finditer(reach):
        digits = _NOT_DIGITS.sub("", match.group(0))
        address = parse_address("+" + digits.removeprefix("00"))
        if address is not None:
            found.setdefault(address.value, address)
    return tuple(found.values())


def _check(report: Report, book: Book) -> None:
    if report.channel not in CHANNELS:
        raise Invalid("this channel is not registered by hand", field="channel")
    for name, text, longest in (
        ("what", report.what, LONGEST_REPORT),
        ("where", report.where, LONGEST_FIELD),
        ("reach", report.reach, LONGEST_FIELD),
    ):
        if not text.strip() or len(text) > longest or "\x00" in text:
            raise Invalid("needs words, and not too many", field=name)
    if report.name and (len(report.name) > LONGEST_FIELD or "\x00" in report.name):
        raise Invalid("is too long", field="name")
    if report.country is not None and report.country not in book.countries:
        raise Invalid("is no country", field="country")
    if not re.fullmatch(r"[\w-]{8,64}", report.key, re.ASCII):
        raise Invalid("a key of 8 to 64 letters or digits is needed", field="key")
