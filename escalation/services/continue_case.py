"""A further message in an open case: it may raise the urgency, and with it everything that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message, Referral
from cases.queries.find_case import locked_case
from cases.rules.triage import Triage, raised
from cases.rules.whereabouts import country_of, side_of
from cases.services.attachments import Media
from cases.services.contact import heed_signs
from cases.services.event_log import CaseLog
from cases.vocabulary import MACHINE, WORKER, CaseStatus, Category, EventKind, ReferralStatus
from escalation.rules.routing import Facts, Proposal, route
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.keep_promise import refresh_next_due, restart_clocks
from escalation.services.propose import CaseInView, add_referrals

LAST_WORDS = 160


def last_words(body: str) -> str:
    """The beginning of a message, for lists."""
    line = " ".join(body[: LAST_WORDS * 4].split())
    return line if len(line) <= LAST_WORDS else line[: LAST_WORDS - 1] + "…"


def continue_case(
    session: Session,
    case_id: UUID,
    message: dict[str, Any],
    judged: Triage,
    *,
    media: Sequence[Media] = (),
    book: Book,
    now: datetime,
) -> None:
    """Add a message to a case. The machine's judgement may raise the urgency, never lower it."""
    case = locked_case(session, case_id)
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    log.add(EventKind.MESSAGE_RECEIVED, by=WORKER, now=now, data={"message": str(message["id"])})
    act = Act()
    message["case_id"] = case.id
    act.add(Message, message)
    act.attach(message, media)
    new = [category for category in judged.categories if category.value not in case.categories]
    urgency = raised(case.urgency, judged.urgency)
    is_raised = urgency.is_above(case.urgency)
    _learn(case, judged, new)
    if is_raised:
        data = {"from": case.urgency.value, "to": urgency.value, "classifier": judged.classifier}
        log.add(EventKind.URGENCY_CHANGED, by=MACHINE, now=now, data=data)
        case.urgency = urgency
        case.leading_category = judged.categories[0]
        case.triage = message["triage"]
        restart_clocks(session, act, case, book=book, now=now)
        move_agencies(session, act, case, body=message["body"], book=book, log=log, now=now)
    case.last_message_at = now
    case.last_words = last_words(message["body"])
    case.updated_at = now
    case.version += 1
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    act.write(session)
    if is_raised:
        refresh_next_due(session, case)
    heed_signs(session, case.reporter_id, judged.contact_signs, now=now)


def move_agencies(
    session: Session, act: Act, case: Case, *, body: str, book: Book, log: CaseLog, now: datetime
) -> None:
    """Route the case by what is known now and gather referrals for agencies that have none yet.

    A proposal that waits for an officer is sent at once when the case has become U1 and its agency leads.
    """
    facts = Facts(
        side=case.side,
        country=case.country,
        province_code=case.province_code,
        regency_code=case.regency_code,
        leading_category=case.leading_category,
        urgency=case.urgency,
        words=body,
    )
    waiting, settled = _existing(session, case)
    proposals: list[Proposal] = []
    for proposal in route(facts, book.routing, book.directory):
        if proposal.agency.id in settled:
            continue
        if proposal.agency.id in waiting:
            if not proposal.send_now:
                continue
            # The unique index allows one live referral of an agency: the unsent one makes way.
            waiting[proposal.agency.id].status = ReferralStatus.REVOKED
            session.flush()
        proposals.append(proposal)
    view = CaseInView(case.id, case.reference, case.urgency, case.country)
    add_referrals(act, proposals, case=view, contacts=book.contacts, book=book, log=log, now=now)


def _existing(session: Session, case: Case) -> tuple[dict[UUID, Referral], set[UUID]]:
    waiting: dict[UUID, Referral] = {}
    settled: set[UUID] = set()
    for referral in session.scalars(select(Referral).where(Referral.case_id == case.id)):
        if referral.status is ReferralStatus.PROPOSED:
            waiting[referral.agency_id] = referral
        elif referral.status is not ReferralStatus.REVOKED:
            settled.add(referral.agency_id)
    return waiting, settled


def _learn(case: Case, judged: Triage, new: list[Category]) -> None:
    """Take over what the message tells: more categories, a country, a language; what is known stays."""
    found = [category.value for category in new if category is not Category.INFO or not case.categories]
    if found:
        known = [value for value in case.categories if value != Category.INFO.value]
        case.categories = [*known, *found]
        if case.leading_category is Category.INFO and case.categories:
            case.leading_category = Category(case.categories[0])
    signs = sorted({*case.contact_signs, *(sign.value for sign in judged.contact_signs)})
    if signs != case.contact_signs:
        case.contact_signs = signs
    country = country_of(None, judged.places, known=case.country)
    if case.status is CaseStatus.NEW and country and case.country in {None, "ID"} and country != case.country:
        case.country, case.side = country, side_of(country)
    if case.language == "und" and judged.language != "und":
        case.language = judged.language
