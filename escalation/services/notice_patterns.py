"""Telling supervisors that cases gather around one employer, recruiter or P3MI."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, new_id
from cases.errors import Forbidden, Invalid, NotFound, WrongState
from cases.models import Agency, Case, Company, Event
from cases.queries.find_case import locked_case
from cases.rules.access import Permission, may
from cases.services.event_log import CaseLog
from cases.vocabulary import MACHINE, Actor, AgencyKind, EventKind, PageKind, Urgency
from escalation.models import Pattern
from escalation.queries.on_call import (
    DIRECTOR_LEVEL,
    OFFICER_LEVEL,
    SUPERVISOR_LEVEL,
    OnCall,
    contacts_of_agencies,
)
from escalation.queries.patterns import alerts_of, linked_cases
from escalation.rules.patterns import LinkedCase, PatternRule, gathered, is_news
from escalation.services.act import Act
from escalation.services.load_patterns import PatternTable, load_patterns
from escalation.services.paging import add_page

LONGEST_NOTE = 2000


def gathering_companies(session: Session, *, now: datetime) -> list[UUID]:
    """Companies whose cases have come to a threshold since the last alert of them."""
    table = load_patterns()
    companies = linked_cases(session, since=_since(table, now), at_least=_fewest(table))
    alerts = alerts_of(session, companies)
    return sorted(
        company_id
        for company_id, cases in companies.items()
        if any(_news(cases, rule, alerts[company_id]) for rule in table.rules)
    )


def notice_pattern(session: Session, company_id: UUID, *, now: datetime) -> list[Pattern]:
    """Raise what is to be raised of one company, in the caller's transaction: an alert for each threshold, in the place
    of an open one, and one page to the supervisors on duty, which names neither case nor company. Gives the alerts;
    none when somebody else was first."""
    table = load_patterns()
    cases = linked_cases(session, since=_since(table, now), at_least=1, company_id=company_id)[company_id]
    if not cases:
        return []
    # The page hangs on the case that came last. A case is locked before a company, everywhere.
    newest = locked_case(session, max(cases, key=lambda case: (case.opened_at, case.id)).id)
    session.get(Company, company_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    alerts = alerts_of(session, [company_id])[company_id]
    raised = []
    for rule in table.rules:
        found = _news(cases, rule, alerts)
        if found:
            raised.append(
                _raise(
                    session, company_id, rule, table.version, cases=cases, found=found, alerts=alerts, now=now
                )
            )
    session.flush()
    if raised:
        _page_supervisors(session, newest, raised, now=now)
    return raised


def acknowledge_pattern(
    session: Session, pattern_id: UUID, note: str, *, by: Actor, now: datetime
) -> Pattern:
    """A supervisor has looked, and says what comes of it. Raises Forbidden for others, Invalid without a note,
    WrongState for an alert that was answered or replaced."""
    if by.user_id is None or not may(by.role, Permission.SEE_BOARD):
        raise Forbidden("only a supervisor may do this")
    words = note.strip()
    if not words or len(words) > LONGEST_NOTE or "\x00" in words:
        raise Invalid("say what comes of it", field="pattern_note")
    pattern = session.get(Pattern, pattern_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if pattern is None:
        raise NotFound("there is no such alert")
    if pattern.acknowledged_at is not None or pattern.replaced_at is not None:
        raise WrongState("somebody answered this alert, or cases have been added", pattern="answered")
    pattern.acknowledged_at, pattern.acknowledged_by_id, pattern.note = now, by.user_id, words
    session.flush()
    return pattern


def _news(cases: list[LinkedCase], rule: PatternRule, alerts: list[Pattern]) -> frozenset[UUID]:
    found = gathered(cases, rule)
    earlier = [{UUID(one) for one in alert.case_ids} for alert in alerts if alert.rule == rule.key]
    return found if is_news(found, earlier) else frozenset()


def _raise(
    session: Session,
    company_id: UUID,
    rule: PatternRule,
    version: str,
    *,
    cases: list[LinkedCase],
    found: frozenset[UUID],
    alerts: list[Pattern],
    now: datetime,
) -> Pattern:
    for alert in alerts:
        if alert.rule == rule.key and alert.acknowledged_at is None and alert.replaced_at is None:
            alert.replaced_at = now
    session.flush()
    pattern = Pattern(
        id=new_id(),
        company_id=company_id,
        rule=rule.key,
        version=version,
        case_ids=sorted(str(one) for one in found),
        urgency=Urgency.worst(*(case.urgency for case in cases if case.id in found)),
        found_at=now,
    )
    session.add(pattern)
    return pattern


def _page_supervisors(session: Session, case: Case, raised: list[Pattern], *, now: datetime) -> None:
    act = Act()
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    pages = []
    called = _supervisors(session)
    for contact in called:
        page = add_page(
            act,
            contact,
            PageKind.PATTERN,
            case_id=case.id,
            reference=case.reference,
            urgency=Urgency.worst(*(pattern.urgency for pattern in raised)),
            now=now,
        )
        pages.append({"page": str(page), "contact": str(contact.id)})
    data = {"patterns": [str(pattern.id) for pattern in raised], "pages": pages}
    log.add(EventKind.PAGED if called else EventKind.NOBODY_TO_PAGE, by=MACHINE, now=now, data=data)
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    case.updated_at = now
    session.flush()
    act.write(session)


def _supervisors(session: Session) -> list[OnCall]:
    """The supervisors of the duty room; where there are none, those above, then the officers: not nobody."""
    rooms = session.scalars(select(Agency.id).where(Agency.kind == AgencyKind.DUTY_ROOM, Agency.active)).all()
    contacts = contacts_of_agencies(session, rooms)
    for level in (SUPERVISOR_LEVEL, DIRECTOR_LEVEL, OFFICER_LEVEL):
        called = {one.id: one for room in rooms for one in contacts.of_agency(room, level)}
        if called:
            return list(called.values())
    return []


def _since(table: PatternTable, now: datetime) -> datetime:
    # Twice the longest stretch: a case that is linked late still finds those it lies beside.
    return now - 2 * max((rule.within for rule in table.rules), default=timedelta(0))


def _fewest(table: PatternTable) -> int:
    return min((rule.cases for rule in table.rules), default=1)
