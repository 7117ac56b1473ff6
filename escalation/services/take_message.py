"""The whole act: a message comes in, a case is opened or goes on, clocks start, agencies are moved to act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import keyring, new_id
from cases.models import Identifier, Message, Person
from cases.models.person import fingerprint_of
from cases.queries.sender import OpenCase, Sender, hold_and_find_sender
from cases.rules.doubt import doubt_about
from cases.rules.identifiers import Name, read_identifier
from cases.rules.phone_numbers import Address
from cases.rules.references import make_reference
from cases.rules.thanks import is_thanks
from cases.rules.triage import Triage, raised, triage
from cases.services.attachments import Media
from cases.vocabulary import (
    WORKER,
    Actor,
    Channel,
    Direction,
    Doubt,
    IdentifierKind,
    MessageKind,
    Reporter,
    Urgency,
)
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.continue_case import continue_case
from escalation.services.listen import NOTHING, Heard, heed, listen, raised_by
from escalation.services.open_case import Beginning, open_case
from escalation.services.take_command import take_command
from escalation.services.take_up import belongs_to, take_up


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as the wire gave it. `addresses`: every identifier it carries, the one to answer to first;
    none for a report by hand that names no number.

    `words`: what is to be judged where that is not the body alone. `received_at`: when it reached us, where
    that was before now. `least`: it is never judged milder. `country` and `reporter`: what a human says of it.
    """

    sid: str
    addresses: tuple[Address, ...]
    body: str
    body_raw: bytes | None = None
    profile_name: str | None = None
    content: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    media: tuple[Media, ...] = ()
    kind: MessageKind = MessageKind.REPORT
    channel: Channel | None = None
    words: str | None = None
    received_at: datetime | None = None
    least: Urgency = Urgency.U4
    country: str | None = None
    reporter: Reporter | None = None

    @property
    def came_by(self) -> Channel:
        """The channel it came by."""
        return self.channel or self.addresses[0].channel

    @property
    def number_country(self) -> str | None:
        """The country of the first identifier that tells one, unless a human said where the worker is."""
        return self.country or next((one.country for one in self.addresses if one.country), None)


class Outcome(StrEnum):
    """What became of an incoming message."""

    OPENED = "opened"
    ADDED = "added"
    REOPENED = "reopened"
    REPEATED = "repeated"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome, and where the message went."""

    outcome: Outcome
    message_id: UUID
    case_id: UUID | None = None


def take_message(
    session: Session, inbound: Inbound, *, book: Book, now: datetime, by: Actor = WORKER
) -> Taken:
    """Take in one message, in the caller's transaction and without any call to the outside.

    The provider's id makes it unique: a repeat changes nothing. A duty contact's number speaks for staff, not
    for a worker. Everybody else writes to their open case, or opens one. `by`: the officer who registers what
    came by letter or by word of mouth.
    """
    hashes = [keyring.fingerprint("address", address.value) for address in inbound.addresses]
    sender = hold_and_find_sender(session, inbound.sid, hashes)
    if sender.repeated is not None:
        return Taken(Outcome.REPEATED, sender.repeated)
    if sender.contact_id is not None and inbound.kind is MessageKind.REPORT and by is WORKER:
        message = _message_row(inbound, MessageKind.COMMAND, now=now, contact_id=sender.contact_id)
        if take_command(session, message, contact_id=sender.contact_id, media=inbound.media, now=now):
            return Taken(Outcome.COMMAND, message["id"], message["case_id"])
    person_id, new_rows, identifier_id = _identify(inbound, sender, hashes, now=now)
    message = _message_row(inbound, inbound.kind, now=now, identifier_id=identifier_id)
    message["author_id"] = by.user_id
    new_rows.attach(message, inbound.media)
    heard = NOTHING
    if inbound.kind is MessageKind.REPORT and by is WORKER:
        heard = _hear(inbound, sender, hashes, book=book, now=now)
    judged = raised_by(judge(inbound, book), heard)
    message["triage"] = triage_json(judged)
    goes_on, outcome = _case_that_goes_on(
        session, sender, inbound, message, judged, heard, book=book, now=now, by=by
    )
    if goes_on is not None:
        case_id = goes_on.id
        continue_case(session, new_rows, goes_on, message, judged, book=book, now=now, by=by)
    else:
        outcome, case_id = Outcome.OPENED, new_id()
        message["case_id"] = case_id
        new_rows.add(Message, message)
        beginning = _beginning(inbound, message, person_id, make_reference(sender.case_number or 0, now))
        open_case(session, new_rows, case_id, beginning, judged, book=book, now=now, by=by)
    if identifier_id is not None and heard is not NOTHING:
        since = message["created_at"]
        heed(
            session,
            case_id,
            identifier_id,
            heard,
            message_id=message["id"],
            person_id=person_id,
            body=inbound.body,
            since=since,
            now=now,
        )
    return Taken(outcome, message["id"], case_id)


def _case_that_goes_on(
    session: Session,
    sender: Sender,
    inbound: Inbound,
    message: dict[str, Any],
    judged: Triage,
    heard: Heard,
    *,
    book: Book,
    now: datetime,
    by: Actor,
) -> tuple[OpenCase | None, Outcome]:
    """The case that the message is added to, if there is one: the open one, or one that was closed and is taken up by
    it. Mere thanks are kept with the closed case, and leave it closed; in doubt they are more than that. Whoever may be
    somebody else by now takes up nothing of hers."""
    if sender.open_case is not None:
        return sender.open_case, Outcome.ADDED
    closed = sender.closed_case
    doubted = any(known.doubted for known in sender.known.values())
    if closed is None or doubted or by is not WORKER or not belongs_to(closed, now=now):
        return None, Outcome.OPENED
    only_thanks = (
        inbound.kind is MessageKind.REPORT
        and heard is NOTHING
        and judged.urgency is Urgency.U4
        and not inbound.media
        and is_thanks(inbound.body, inbound.content)
    )
    if only_thanks:
        return closed.case, Outcome.ADDED
    words = inbound.body if inbound.words is None else inbound.words
    taken_up = take_up(session, closed, message["id"], judged=judged.urgency, words=words, book=book, now=now)
    return taken_up, Outcome.REOPENED


def _hear(inbound: Inbound, sender: Sender, hashes: list[bytes], *, book: Book, now: datetime) -> Heard:
    doubt = _doubt(inbound, sender, hashes, now=now)
    country = inbound.number_country
    return listen(inbound.body, inbound.content, sender, country=country, codes=book.codes, doubt=doubt)


def _beginning(inbound: Inbound, message: dict[str, Any], person_id: UUID, reference: str) -> Beginning:
    return Beginning(
        reference=reference,
        person_id=person_id,
        words=inbound.body if inbound.words is None else inbound.words,
        country=inbound.country,
        number_country=inbound.number_country,
        message=message,
        triage=message["triage"],
    )


def _doubt(inbound: Inbound, sender: Sender, hashes: list[bytes], *, now: datetime) -> Doubt | None:
    """Whether the known number this message comes from may be somebody else's by now."""
    known = sender.known.get(hashes[0]) if hashes else None
    if known is None or known.doubted:
        return None
    new_user_id = any(
        address.kind is IdentifierKind.BSUID and value not in sender.known
        for address, value in zip(inbound.addresses, hashes, strict=True)
    )
    return doubt_about(
        brings_other_user_id=new_user_id and sender.has_other_user_id,
        last_heard=sender.open_case.last_message_at if sender.open_case else None,
        now=now,
    )


def judge(inbound: Inbound, book: Book) -> Triage:
    """The machine's judgement of the message's words, in the limits that come with it."""
    country = inbound.country or (inbound.addresses[0].country if inbound.addresses else None)
    words = inbound.body if inbound.words is None else inbound.words
    judged = triage(words, book.classifier, country=country)
    # Places of evidence are places in the body, so they hold only where the words begin with it.
    return replace(
        judged,
        urgency=raised(judged.urgency, inbound.least),
        reporter=inbound.reporter or judged.reporter,
        evidence=judged.evidence if words.startswith(inbound.body) and inbound.body else (),
    )


def triage_json(judged: Triage) -> dict[str, Any]:
    """What the machine saw, as the API and the console show it."""
    return {
        "urgency": judged.urgency.value,
        "categories": [category.value for category in judged.categories],
        "language": judged.language,
        "evidence": [
            {
                "term": found.term,
                "start": found.start,
                "end": found.end,
                "category": found.category.value if found.category else None,
                "urgency": found.urgency.value if found.urgency else None,
                "negated": found.negated,
            }
            for found in judged.evidence
        ],
        "classifier": judged.classifier,
        "reason": _reason_json(judged),
    }


def _reason_json(judged: Triage) -> dict[str, Any] | None:
    """Why the level: no words in it, the evidence points to them in the message."""
    if judged.reason is None:
        return None
    return {"kind": judged.reason.kind.value, "certainty": judged.reason.certainty}


def _message_row(
    inbound: Inbound,
    kind: MessageKind,
    *,
    now: datetime,
    identifier_id: UUID | None = None,
    contact_id: UUID | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_id": None,
        "direction": Direction.IN.value,
        "kind": kind.value,
        "channel": inbound.came_by.value,
        "identifier_id": identifier_id,
        "contact_id": contact_id,
        "body": inbound.body,
        "body_raw": inbound.body_raw,
        "content": inbound.content,
        "extra": inbound.extra,
        "created_at": min(inbound.received_at or now, now),
        "provider_sid": inbound.sid,
        "attempts": 0,
    }


def _identify(
    inbound: Inbound, sender: Sender, hashes: list[bytes], *, now: datetime
) -> tuple[UUID, Act, UUID | None]:
    """The person, the rows for what is new about them, and the identifier this message came from.

    Identifiers that are known keep their person, also when the message names two people's: only a human
    merges people. The first identifier, the one that wrote, decides.
    """
    act = Act()
    known = next((sender.known[value] for value in hashes if value in sender.known), None)
    person_id = known.person_id if known else new_id()
    if known is None:
        act.add(
            Person,
            {
                "id": person_id,
                "name": inbound.profile_name,
                "country": inbound.number_country,
                "created_at": now,
            },
        )
        if username := _username(inbound):
            act.add(Identifier, _identifier_row(new_id(), person_id, username, fingerprint_of(username), now))
    identifier_ids: dict[bytes, UUID] = {}
    for address, value_hash in zip(inbound.addresses, hashes, strict=True):
        if value_hash in sender.known:
            identifier_ids[value_hash] = sender.known[value_hash].identifier_id
            continue
        identifier_ids[value_hash] = new_id()
        name = Name(address.kind, address.value)
        act.add(Identifier, _identifier_row(identifier_ids[value_hash], person_id, name, value_hash, now))
    return person_id, act, identifier_ids[hashes[0]] if hashes else None


def _username(inbound: Inbound) -> Name | None:
    """The WhatsApp username that came along: officers search by it, nobody is recognised by it."""
    username = (inbound.content or {}).get("username")
    return read_identifier(f"@{str(username).removeprefix('@')}") if username else None


def _identifier_row(
    identifier_id: UUID, person_id: UUID, name: Name, value_hash: bytes, now: datetime
) -> dict[str, Any]:
    return {
        "id": identifier_id,
        "person_id": person_id,
        "kind": name.kind.value,
        "value": name.value,
        "value_hash": value_hash,
        "first_seen_at": now,
    }
