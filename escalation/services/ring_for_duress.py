"""Ringing about a person who may be under duress: who sent this may not be who holds the phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agency, Case, Event
from cases.services.event_log import CaseLog
from cases.vocabulary import MACHINE, AgencyKind, EventKind, PageKind, Urgency
from escalation.queries.on_call import OFFICER_LEVEL, contacts_for_ladder
from escalation.services.act import Act
from escalation.services.paging import add_page


def ring_for_duress(session: Session, case: Case, *, now: datetime) -> None:
    """Page the handler of a locked case and the duty officers, as for life in danger; the log says whom, or that
    there was nobody."""
    rooms = session.scalars(select(Agency.id).where(Agency.kind == AgencyKind.DUTY_ROOM, Agency.active)).all()
    contacts = contacts_for_ladder(session, set(rooms), {case.owner_id} if case.owner_id else set())
    called = {one.id: one for room in rooms for one in contacts.of_agency(room, OFFICER_LEVEL)}
    if case.owner_id:
        called |= {one.id: one for one in contacts.of_user(case.owner_id)}
    session.flush()
    act = Act()
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    for contact in called.values():
        page = add_page(
            act,
            contact,
            PageKind.POSSIBLE_DURESS,
            case_id=case.id,
            reference=case.reference,
            urgency=Urgency.U1,
            now=now,
        )
        data = {"page": str(page), "contact": str(contact.id)}
        log.add(EventKind.PAGED, by=MACHINE, now=now, data=data)
    if not called:
        log.add(EventKind.NOBODY_TO_PAGE, by=MACHINE, now=now)
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    act.write(session)
