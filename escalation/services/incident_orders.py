"""One order for many cases of an incident, done to one locked case at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from cases.errors import Invalid, WrongState
from cases.models import Case, Incident
from cases.services.incidents import add_to_incident, remove_from_incident
from cases.services.notes import add_note
from cases.vocabulary import Actor, SharingBasis, Urgency
from escalation.services import refer, work_case
from escalation.services.book import Book


class OrderVerb(StrEnum):
    """What is done to each case."""

    ATTACH = "attach"
    LEAVE = "leave"
    ASSIGN = "assign"
    NOTE = "note"
    RAISE = "raise"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class Order:
    """`words`: the note, the reason for the urgency, or the request to the agency."""

    verb: OrderVerb
    words: str = ""
    to: UUID | None = None
    urgency: Urgency | None = None
    agency_id: UUID | None = None
    basis: SharingBasis | None = None


def carry_out(
    session: Session, incident: Incident, case: Case, order: Order, *, book: Book, by: Actor, now: datetime
) -> None:
    """Do it to one locked case. Raises what doing it from the case's own page would; Invalid where the order lacks
    something, or would lower the urgency: among many nobody reads each; WrongState for a case that has left."""
    if order.verb is OrderVerb.ATTACH:
        add_to_incident(session, case, incident, by=by, now=now)
        return
    if case.incident_id != incident.id:
        raise WrongState("the case is not of this incident", update="left")
    if order.verb is OrderVerb.LEAVE:
        remove_from_incident(session, case, by=by, now=now)
    elif order.verb is OrderVerb.NOTE:
        add_note(session, case, order.words, by=by, now=now)
    elif order.verb is OrderVerb.ASSIGN:
        if order.to is None:
            raise Invalid("choose somebody", field="to")
        work_case.assign(session, case, to=order.to, by=by, now=now)
    elif order.verb is OrderVerb.RAISE:
        _raise(session, case, order, book=book, by=by, now=now)
    else:
        _refer(session, case, order, book=book, by=by, now=now)


def _raise(session: Session, case: Case, order: Order, *, book: Book, by: Actor, now: datetime) -> None:
    if order.urgency is None:
        raise Invalid("choose one of the list", field="urgency")
    if not order.urgency.is_above(case.urgency):
        raise Invalid("it is as urgent already; one case is lowered on its own page", field="urgency_up")
    work_case.change_urgency(session, case, order.urgency, reason=order.words, book=book, by=by, now=now)


def _refer(session: Session, case: Case, order: Order, *, book: Book, by: Actor, now: datetime) -> None:
    if order.agency_id is None:
        raise Invalid("choose an agency from the list", field="agency")
    refer.refer_case(
        session,
        case,
        order.agency_id,
        basis=order.basis,
        request=order.words,
        book=book,
        by=by,
        now=now,
    )
