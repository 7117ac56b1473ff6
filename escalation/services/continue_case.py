"""A further message in an open case: it may raise the urgency, and with it everything that hangs on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message, Referral
from cases.queries.find_case import locked_case
from cases.queries.sender import OpenCase
from cases.rules.flood import Burst, counted
from cases.rules.lifecycle import heard_status
from cases.rules.message_form import signs_of
from cases.rules.thanks import is_content
from cases.rules.triage import Triage, raised
from cases.rules.whereabouts import country_of, side_of
from cases.services.contact import heed_signs
from cases.services.event_log import CaseLog
from cases.vocabulary import (
    MACHINE,
    WORKER,
    Actor,
    CaseStatus,
    Category,
    EventKind,
    MessageKind,
    PartnerEvent,
    ReferralStatus,
)
from escalation.rules.routing import Facts, Proposal, route
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.keep_promise import refresh_next_due, restart_clocks
from escalation.services.propose import CaseInView, add_referrals
from escalation.services.tell_partners import tell_partners

LAST_WORDS = 160
_SAID = frozenset({MessageKind.REPORT.value, MessageKind.CALL.value})


def last_words(body: str, content: dict[str, Any] | None = None) -> str:
    """The beginning of a message, for lists; of one without words a sign for what it carries."""
    line = " ".join(body[: LAST_WORDS * 4].split()) or signs_of(content)
    return line if len(line) <= LAST_WORDS else line[: LAST_WORDS - 1] + "…"


def continue_case(
    session: Session,
    act: Act,
    case: OpenCase,
    message: dict[str, Any],
    judged: Triage,
    *,
    book: Book,
    now: datetime,
    by: Actor = WORKER,
) -> None:
    """Add a message to a case whose row is locked. The machine's judgement may raise the urgency, never lower it.

    A message that raises nothing costs one statement: a flood of them must not hold up others.
    """
    message["case_id"] = case.id
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    log.add(EventKind.MESSAGE_RECEIVED, by=by, now=now, data={"message": str(message["id"])})
    act.add(Message, message)
    if (status := _status_after(case, message, by=by)) is not case.status:
        data = {"from": case.status.value, "to": status.value, "message": str(message["id"])}
        log.add(EventKind.STATUS_CHANGED, by=by, now=now, data=data)
    urgency = raised(case.urgency, judged.urgency)
    learned = _learned(case, judged)
    learned |= {
        "last_message_at": now,
        "last_words": last_words(message["body"], message["content"]),
        "updated_at": now,
        "version": case.version + 1,
        **burst_columns(counted(case.burst, now)),
    }
    if status is not case.status:
        learned |= {"status": status, "waiting_about": None, "waiting_since": None, "waiting_until": None}
    if urgency.is_above(case.urgency):
        data = {"from": case.urgency.value, "to": urgency.value, "classifier": judged.classifier}
        log.add(EventKind.URGENCY_CHANGED, by=MACHINE, now=now, data=data)
        learned |= {
            "urgency": urgency,
            "leading_category": judged.categories[0],
            "triage": message["triage"],
        }
        take_over(session, act, case.id, learned, body=message["body"], book=book, log=log, now=now)
    else:
        act.change(Case, _end_of(log) | learned | {"id": case.id})
        act.rows[Event].extend(log.rows)
        act.write(session)
    heed_signs(session, case.reporter_id, judged.contact_signs, now=now)


def _status_after(case: OpenCase, message: dict[str, Any], *, by: Actor) -> CaseStatus:
    """Whoever was waited for has answered; what was thought to be settled is not, unless that is what she says. Only
    words of a worker: what an officer registers is told by the officer."""
    if by is not WORKER or message["kind"] not in _SAID:
        return case.status
    if case.status is CaseStatus.RESOLVED and is_content(message["body"], message["content"]):
        return case.status
    return heard_status(case.status)


def take_over(
    session: Session,
    act: Act,
    case_id: UUID,
    learned: dict[str, Any],
    *,
    body: str,
    book: Book,
    log: CaseLog,
    now: datetime,
) -> None:
    """Take over what was learned of a case, and with the higher urgency everything that hangs on it."""
    case = locked_case(session, case_id)
    for name, value in learned.items():
        setattr(case, name, value)
    restart_clocks(session, act, case, book=book, now=now)
    move_agencies(session, act, case, body=body, book=book, log=log, now=now)
    for name, value in _end_of(log).items():
        setattr(case, name, value)
    act.rows[Event].extend(log.rows)
    act.write(session)
    refresh_next_due(session, case)
    tell_partners(session, case, PartnerEvent.CASE_URGENCY_CHANGED, now=now)


def burst_columns(burst: Burst) -> dict[str, Any]:
    """How the case keeps its count of messages (`cases.rules.flood`)."""
    return {"burst_since": burst.since, "burst_count": burst.count, "flooded_at": burst.flooded_at}


def _end_of(log: CaseLog) -> dict[str, Any]:
    return {"event_count": log.count, "last_event_hash": log.last_hash}


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


def route_again(session: Session, act: Act, case: Case, *, body: str, book: Book, now: datetime) -> None:
    """Put a locked case before the agencies that it concerns as it is now, and write what `act` has gathered."""
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    move_agencies(session, act, case, body=body, book=book, log=log, now=now)
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    session.flush()
    act.write(session)


def _existing(session: Session, case: Case) -> tuple[dict[UUID, Referral], set[UUID]]:
    waiting: dict[UUID, Referral] = {}
    settled: set[UUID] = set()
    for referral in session.scalars(select(Referral).where(Referral.case_id == case.id)):
        if referral.status is ReferralStatus.PROPOSED:
            waiting[referral.agency_id] = referral
        elif referral.status is not ReferralStatus.REVOKED:
            settled.add(referral.agency_id)
    return waiting, settled


def _learned(case: OpenCase, judged: Triage) -> dict[str, Any]:
    """What the message tells about the case: more categories, a country, a language; what is known stays."""
    new = [category for category in judged.categories if category.value not in case.categories]
    found = [category.value for category in new if category is not Category.INFO or not case.categories]
    learned: dict[str, Any] = {}
    if found:
        learned["categories"] = [*(value for value in case.categories if value != Category.INFO), *found]
        if case.leading_category is Category.INFO:
            learned["leading_category"] = Category(learned["categories"][0])
    signs = sorted({*case.contact_signs, *(sign.value for sign in judged.contact_signs)})
    if signs != list(case.contact_signs):
        learned["contact_signs"] = signs
    country = country_of(None, judged.places, known=case.country)
    if case.status is CaseStatus.NEW and country and case.country in {None, "ID"} and country != case.country:
        learned |= {"country": country, "side": side_of(country)}
    if case.language == "und" and judged.language != "und":
        learned["language"] = judged.language
    return learned
