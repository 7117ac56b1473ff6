"""A case begins: its place, its log, its clocks, the agencies it is put before, and its row; written together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.models import Case, ContactPlan, Event, Person
from cases.models.person import designation_of
from cases.rules.flood import counted
from cases.rules.triage import Triage
from cases.rules.whereabouts import country_of, side_of
from cases.services.contact import first_plan, heed_signs
from cases.services.event_log import CaseLog
from cases.vocabulary import MACHINE, Actor, CaseStatus, EventKind
from escalation.models import Clock
from escalation.rules.places import find_area
from escalation.rules.routing import Facts, route
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.continue_case import burst_columns, last_words
from escalation.services.propose import CaseInView, add_referrals
from escalation.services.start_clocks import case_clock_rows


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a case begins with. `words` are searched for places; `country`: where somebody says the worker is,
    `number_country`: what the number tells. `message` is the row of the first message, `triage` what was seen in it.
    """

    reference: str
    person_id: UUID
    words: str
    country: str | None
    number_country: str | None
    message: Mapping[str, Any]
    triage: dict[str, Any]


def open_case(
    session: Session,
    act: Act,
    case_id: UUID,
    beginning: Beginning,
    judged: Triage,
    *,
    book: Book,
    now: datetime,
    by: Actor,
) -> None:
    """Open the case in the caller's transaction, with all that `act` has gathered already in the same statement."""
    facts = _facts(beginning, judged, book=book)
    log = _begun_log(case_id, beginning, judged, by=by, now=now)
    for row in case_clock_rows(judged.urgency, case_id=case_id, country=facts.country, book=book, now=now):
        act.add(Clock, row)
    _put_before_agencies(act, case_id, beginning.reference, facts, book=book, log=log, now=now)
    act.rows[Event].extend(log.rows)
    act.add(Case, _case_row(case_id, beginning, judged, facts, act=act, log=log, now=now))
    signs = judged.contact_signs
    if act.rows[Person]:
        # Met just now: the plan goes into the same statement.
        if plan := first_plan(beginning.person_id, signs, now=now):
            act.add(ContactPlan, plan)
        act.write(session)
    else:
        act.write(session)
        heed_signs(session, beginning.person_id, signs, now=now)


def _facts(beginning: Beginning, judged: Triage, *, book: Book) -> Facts:
    """What routing goes by."""
    country = beginning.country or country_of(beginning.number_country, judged.places)
    area = find_area(beginning.words, book.areas)
    return Facts(
        side=side_of(country),
        country=country,
        province_code=area.province_code if area else None,
        regency_code=area.code if area and area.code != area.province_code else None,
        leading_category=judged.categories[0],
        urgency=judged.urgency,
        words=beginning.words,
    )


def _begun_log(case_id: UUID, beginning: Beginning, judged: Triage, *, by: Actor, now: datetime) -> CaseLog:
    log = CaseLog(case_id)
    opened = {"message": str(beginning.message["id"]), "person": designation_of(beginning.person_id)}
    log.add(EventKind.CASE_OPENED, by=by, now=now, data=opened)
    triaged = {
        "urgency": judged.urgency.value,
        "categories": [category.value for category in judged.categories],
        "classifier": judged.classifier,
    }
    log.add(EventKind.TRIAGED, by=MACHINE, now=now, data=triaged)
    return log


def _put_before_agencies(
    act: Act, case_id: UUID, reference: str, facts: Facts, *, book: Book, log: CaseLog, now: datetime
) -> None:
    proposals = route(facts, book.routing, book.directory)
    view = CaseInView(case_id, reference, facts.urgency, facts.country)
    add_referrals(act, proposals, case=view, contacts=book.contacts, book=book, log=log, now=now)


def _case_row(
    case_id: UUID,
    beginning: Beginning,
    judged: Triage,
    facts: Facts,
    *,
    act: Act,
    log: CaseLog,
    now: datetime,
) -> dict[str, Any]:
    message = beginning.message
    return {
        "id": case_id,
        "reference": beginning.reference,
        "reporter_id": beginning.person_id,
        "status": CaseStatus.NEW.value,
        "urgency": judged.urgency.value,
        "categories": [category.value for category in judged.categories],
        "leading_category": judged.categories[0].value,
        "country": facts.country,
        "side": facts.side.value,
        "province_code": facts.province_code,
        "regency_code": facts.regency_code,
        "language": judged.language,
        "reporter_role": judged.reporter.value,
        "contact_signs": sorted(sign.value for sign in judged.contact_signs),
        "opened_at": now,
        "updated_at": now,
        "last_message_at": now,
        "last_words": last_words(message["body"], message["content"]),
        "next_due_at": min((row["due_at"] for row in act.rows[Clock]), default=None),
        "triage": beginning.triage,
        "version": 1,
        "event_count": log.count,
        "last_event_hash": log.last_hash,
        **burst_columns(counted(None, now)),
    }
