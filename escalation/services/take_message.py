"""The whole act: a message comes in, a case is opened or goes on, clocks start, agencies are moved to act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import keyring, new_id
from cases.models import Case, Event, Identifier, Message, Person
from cases.models.person import designation_of
from cases.queries.sender import Sender, hold_and_find_sender
from cases.rules.phone_numbers import Address
from cases.rules.references import make_reference
from cases.rules.triage import Triage, triage
from cases.rules.whereabouts import country_of, side_of
from cases.services.attachments import Media
from cases.services.contact import heed_signs
from cases.services.event_log import CaseLog
from cases.vocabulary import (
    MACHINE,
    WORKER,
    CaseStatus,
    Direction,
    EventKind,
    MessageKind,
    Urgency,
)
from escalation.models import Clock
from escalation.rules.places import find_area
from escalation.rules.routing import Facts, route
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.continue_case import continue_case, last_words
from escalation.services.listen import heed, listen, raised_by
from escalation.services.propose import CaseInView, add_referrals
from escalation.services.start_clocks import case_clock_rows
from escalation.services.take_command import take_command


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as the wire gave it. `addresses`: every identifier it carries, the one to answer to first."""

    sid: str
    addresses: tuple[Address, ...]
    body: str
    body_raw: bytes | None = None
    profile_name: str | None = None
    content: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    media: tuple[Media, ...] = ()


class Outcome(StrEnum):
    """What became of an incoming message."""

    OPENED = "opened"
    ADDED = "added"
    REPEATED = "repeated"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome, and where the message went."""

    outcome: Outcome
    message_id: UUID
    case_id: UUID | None = None


def take_message(session: Session, inbound: Inbound, *, book: Book, now: datetime) -> Taken:
    """Take in one message, in the caller's transaction and without any call to the outside.

    The provider's id makes it unique: a repeat changes nothing. A duty contact's number speaks for staff, not
    for a worker. Everybody else writes to their open case, or opens one.
    """
    hashes = [keyring.fingerprint("address", address.value) for address in inbound.addresses]
    sender = hold_and_find_sender(session, inbound.sid, hashes)
    if sender.repeated is not None:
        return Taken(Outcome.REPEATED, sender.repeated)
    if sender.contact_id is not None:
        message = _message_row(inbound, MessageKind.COMMAND, now=now, contact_id=sender.contact_id)
        if take_command(session, message, contact_id=sender.contact_id, media=inbound.media, now=now):
            return Taken(Outcome.COMMAND, message["id"], message["case_id"])
    person_id, new_rows, identifier_id = _identify(inbound, sender, hashes, now=now)
    message = _message_row(inbound, MessageKind.REPORT, now=now, identifier_id=identifier_id)
    new_rows.attach(message, inbound.media)
    country = inbound.addresses[0].country
    heard = listen(inbound.body, inbound.content, sender, country=country, codes=book.codes)
    judged = raised_by(triage(inbound.body, book.classifier, country=country), heard)
    message["triage"] = triage_json(judged)
    if sender.open_case is not None:
        case_id = sender.open_case.id
        continue_case(session, new_rows, sender.open_case, message, judged, book=book, now=now)
        if not heard.is_nothing:
            heed(session, case_id, identifier_id, heard, body=inbound.body, book=book, now=now)
        return Taken(Outcome.ADDED, message["id"], case_id)
    reference = make_reference(sender.case_number or 0, now)
    case_id = _open_case(
        session,
        new_rows,
        inbound,
        message,
        judged,
        person_id=person_id,
        reference=reference,
        book=book,
        now=now,
    )
    if not heard.is_nothing:
        heed(session, case_id, identifier_id, heard, body=inbound.body, book=book, now=now)
    return Taken(Outcome.OPENED, message["id"], case_id)


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
    }


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
        "channel": inbound.addresses[0].channel.value,
        "identifier_id": identifier_id,
        "contact_id": contact_id,
        "body": inbound.body,
        "body_raw": inbound.body_raw,
        "content": inbound.content,
        "extra": inbound.extra,
        "created_at": now,
        "provider_sid": inbound.sid,
        "attempts": 0,
    }


def _identify(
    inbound: Inbound, sender: Sender, hashes: list[bytes], *, now: datetime
) -> tuple[UUID, Act, UUID]:
    """The person, the rows for what is new about them, and the identifier this message came from.

    Identifiers that are known keep their person, also when the message names two people's: only a human
    merges people. The first identifier, the one that wrote, decides.
    """
    act = Act()
    known = next((sender.known[value] for value in hashes if value in sender.known), None)
    person_id = known.person_id if known else new_id()
    if known is None:
        country = next((address.country for address in inbound.addresses if address.country), None)
        act.add(
            Person,
            {"id": person_id, "name": inbound.profile_name, "country": country, "created_at": now},
        )
    identifier_ids: dict[bytes, UUID] = {}
    for address, value_hash in zip(inbound.addresses, hashes, strict=True):
        if value_hash in sender.known:
            identifier_ids[value_hash] = sender.known[value_hash].identifier_id
            continue
        identifier_ids[value_hash] = new_id()
        act.add(
            Identifier,
            {
                "id": identifier_ids[value_hash],
                "person_id": person_id,
                "kind": address.kind.value,
                "value": address.value,
                "value_hash": value_hash,
                "first_seen_at": now,
            },
        )
    return person_id, act, identifier_ids[hashes[0]]


def _open_case(
    session: Session,
    act: Act,
    inbound: Inbound,
    message: dict[str, Any],
    judged: Triage,
    *,
    person_id: UUID,
    reference: str,
    book: Book,
    now: datetime,
) -> UUID:
    number_country = next((address.country for address in inbound.addresses if address.country), None)
    country = country_of(number_country, judged.places)
    area = find_area(inbound.body, book.areas)
    facts = Facts(
        side=side_of(country),
        country=country,
        province_code=area.province_code if area else None,
        regency_code=area.code if area and area.code != area.province_code else None,
        leading_category=judged.categories[0],
        urgency=judged.urgency,
        words=inbound.body,
    )
    proposals = route(facts, book.routing, book.directory)
    case_id = new_id()
    log = CaseLog(case_id)
    message["case_id"] = case_id
    log.add(
        EventKind.CASE_OPENED,
        by=WORKER,
        now=now,
        data={"message": str(message["id"]), "person": designation_of(person_id)},
    )
    triaged = {
        "urgency": judged.urgency.value,
        "categories": [category.value for category in judged.categories],
        "classifier": judged.classifier,
    }
    log.add(EventKind.TRIAGED, by=MACHINE, now=now, data=triaged)
    for row in case_clock_rows(judged.urgency, case_id=case_id, country=country, book=book, now=now):
        act.add(Clock, row)
    act.add(Message, message)
    view = CaseInView(case_id, reference, Urgency(judged.urgency), country)
    add_referrals(act, proposals, case=view, contacts=book.contacts, book=book, log=log, now=now)
    act.rows[Event].extend(log.rows)
    act.add(
        Case,
        {
            "id": case_id,
            "reference": reference,
            "reporter_id": person_id,
            "status": CaseStatus.NEW.value,
            "urgency": judged.urgency.value,
            "categories": triaged["categories"],
            "leading_category": judged.categories[0].value,
            "country": country,
            "side": facts.side.value,
            "province_code": facts.province_code,
            "regency_code": facts.regency_code,
            "language": judged.language,
            "reporter_role": judged.reporter.value,
            "contact_signs": sorted(sign.value for sign in judged.contact_signs),
            "opened_at": now,
            "updated_at": now,
            "last_message_at": now,
            "last_words": last_words(inbound.body),
            "next_due_at": min(row["due_at"] for row in act.rows[Clock]) if act.rows[Clock] else None,
            "triage": message["triage"],
            "version": 1,
            "event_count": log.count,
            "last_event_hash": log.last_hash,
        },
    )
    act.write(session)
    if judged.contact_signs:
        heed_signs(session, person_id, judged.contact_signs, now=now)
    return case_id
