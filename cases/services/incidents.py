"""Incidents: opening and closing them, and which cases belong to one.

A case is locked before an incident, everywhere: two officers at work never wait for each other in a ring.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Case, Incident
from cases.models.incident import incident_number
from cases.rules.access import Permission, may
from cases.rules.references import make_incident_reference
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, IncidentKind

LONGEST_TITLE = 200


def open_incident(
    session: Session, title: str, kind: IncidentKind, *, country: str | None, by: Actor, now: datetime
) -> Incident:
    """Open an incident without cases. Raises Forbidden for anyone but staff who work cases, Invalid for a title
    that is empty or too long and for a country that is no two-letter code."""
    opener = _staff(by)
    words = title.strip()
    if not words or len(words) > LONGEST_TITLE or "\x00" in words:
        raise Invalid("an incident needs a title, at most 200 characters", field="incident_title")
    if country is not None and re.fullmatch("[A-Z]{2}", country) is None:
        raise Invalid("two capital letters are needed, as in SA", field="country")
    incident = Incident(
        reference=make_incident_reference(session.scalars(incident_number.next_value()).one(), now),
        title=words,
        kind=kind,
        country=country,
        opened_at=now,
        opened_by_id=opener,
    )
    session.add(incident)
    session.flush()
    return incident


def add_to_incident(session: Session, case: Case, incident: Incident, *, by: Actor, now: datetime) -> None:
    """Make a locked case, open or closed, one of an incident's. Adding it again changes nothing.

    Raises WrongState when the incident is closed, or while the case belongs to another one.
    """
    _staff(by)
    if case.incident_id == incident.id:
        return
    if case.incident_id is not None:
        other = session.get_one(Incident, case.incident_id)
        raise WrongState("the case belongs to another incident", incident=other.reference)
    # Shared: many cases may join at once, but none while somebody closes it.
    session.refresh(incident, with_for_update={"read": True})
    if not incident.is_open:
        raise WrongState("the incident is closed", incident=incident.reference, closed=True)
    case.incident_id = incident.id
    _record(session, case, EventKind.INCIDENT_JOINED, incident, by=by, now=now)


def remove_from_incident(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """Take a locked case out of its incident, which may be closed: mistakes are found late. Raises WrongState
    when it belongs to none."""
    _staff(by)
    if case.incident_id is None:
        raise WrongState("the case belongs to no incident")
    incident = session.get_one(Incident, case.incident_id)
    case.incident_id = None
    _record(session, case, EventKind.INCIDENT_LEFT, incident, by=by, now=now)


def close_incident(session: Session, incident: Incident, *, by: Actor, now: datetime) -> None:
    """End an incident: no case joins it any more; its cases go on by themselves, and each notes it in its log.

    Raises WrongState when it is closed, or when a case joined at this very moment: ask again.
    """
    _staff(by)
    query = select(Case).where(Case.incident_id == incident.id).order_by(Case.id)
    cases = session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).all()
    session.refresh(incident, with_for_update=NO_KEY_UPDATE)
    if not incident.is_open:
        raise WrongState("the incident is closed", incident=incident.reference, closed=True)
    now_in_it = session.scalars(select(Case.id).where(Case.incident_id == incident.id)).all()
    if set(now_in_it) != {case.id for case in cases}:
        raise WrongState("a case joined in the meantime", incident=incident.reference, changed=True)
    incident.closed_at = now
    for case in cases:
        _record(session, case, EventKind.INCIDENT_CLOSED, incident, by=by, now=now)
    session.flush()


def _record(
    session: Session, case: Case, kind: EventKind, incident: Incident, *, by: Actor, now: datetime
) -> None:
    record_event(session, case, kind, by=by, now=now, data={"incident": incident.reference})
    touch(case, now=now)
    session.flush()
    session.expire(case, ["incident"])


def _staff(by: Actor) -> UUID:
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    return by.user_id
