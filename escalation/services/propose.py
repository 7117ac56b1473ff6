"""Putting a case before agencies: proposed to an officer, or sent at once when life is in danger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.database import new_id
from cases.models import Message, Referral
from cases.rules.sending import priority_of
from cases.services.event_log import CaseLog
from cases.services.outbox import outgoing_row
from cases.vocabulary import (
    MACHINE,
    Actor,
    AgencyKind,
    EventKind,
    MessageKind,
    PageKind,
    PartnerEvent,
    ReferralStatus,
    SharingBasis,
    Step,
    Urgency,
)
from escalation.models import Clock
from escalation.queries.on_call import Contacts
from escalation.rules.routing import AgencyEntry, Proposal
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.paging import add_page
from escalation.services.start_clocks import clock_row
from escalation.services.tell_partners import add_event


@dataclass(frozen=True, slots=True)
class CaseInView:
    """The part of a case that an agency's message is made from."""

    id: UUID
    reference: str
    urgency: Urgency
    country: str | None


def add_referrals(
    act: Act,
    proposals: Iterable[Proposal],
    *,
    case: CaseInView,
    contacts: Contacts,
    book: Book,
    log: CaseLog,
    now: datetime,
) -> None:
    """Gather a referral for each proposal; those marked `send_now` leave with this act (vital interest)."""
    for proposal in proposals:
        referral_id = new_id()
        row: dict[str, Any] = {
            "id": referral_id,
            "case_id": case.id,
            "agency_id": proposal.agency.id,
            "status": ReferralStatus.PROPOSED.value,
            "is_lead": proposal.is_lead,
            "needs_consent": proposal.needs_consent,
            "basis": None,
            "rule": proposal.rule,
            "proposed_at": now,
            "sent_at": None,
        }
        data = {"referral": str(referral_id), "agency": proposal.agency.key, "rule": proposal.rule}
        if proposal.send_now:
            row |= {
                "status": ReferralStatus.SENT.value,
                "basis": SharingBasis.VITAL_INTEREST.value,
                "sent_at": now,
            }
            log.add(EventKind.REFERRAL_SENT, by=MACHINE, now=now, data=data | {"basis": row["basis"]})
        else:
            log.add(EventKind.REFERRAL_PROPOSED, by=MACHINE, now=now, data=data)
        act.add(Referral, row)
        if proposal.send_now:
            add_sending(
                act, proposal.agency, referral_id, case=case, contacts=contacts, book=book, log=log, now=now
            )


def add_sending(
    act: Act,
    agency: AgencyEntry,
    referral_id: UUID,
    *,
    case: CaseInView,
    contacts: Contacts,
    book: Book,
    log: CaseLog,
    now: datetime,
    by: Actor = MACHINE,
) -> None:
    """Gather the messages and the clock of a referral that is being sent.

    The duty room is paged (an acknowledgement accepts); other agencies get a signed link, and their machine is
    told where they have one. An agency with neither is noted in the log: its clock runs all the same, so that
    somebody is told.
    """
    clock_id = _read_clock_of(act) if agency.kind is AgencyKind.DUTY_ROOM else None
    if clock_id is None:
        clock_id = _start_accept_clock(act, agency, referral_id, case=case, book=book, now=now)
    endpoint_id = book.endpoints.get(agency.id)
    if endpoint_id is not None:
        add_event(
            act,
            endpoint_id,
            PartnerEvent.REFERRAL_SENT,
            case_id=case.id,
            referral_id=referral_id,
            urgent=case.urgency is Urgency.U1,
            now=now,
        )
    called = contacts.of_agency(agency.id)
    if not called and endpoint_id is None:
        log.add(EventKind.NO_CONTACT_FOR_AGENCY, by=by, now=now, data={"referral": str(referral_id)})
    for contact in called:
        if agency.kind is AgencyKind.DUTY_ROOM:
            page_id = add_page(
                act,
                contact,
                PageKind.NEW_CASE,
                case_id=case.id,
                reference=case.reference,
                urgency=case.urgency,
                now=now,
                clock_id=clock_id,
            )
            log.add(EventKind.PAGED, by=by, now=now, data={"page": str(page_id), "contact": str(contact.id)})
        else:
            message = outgoing_row(
                case_id=case.id,
                kind=MessageKind.REFERRAL,
                channel=contact.channel,
                now=now,
                contact_id=contact.id,
                wording="referral",
                parameters={
                    "referral": str(referral_id),
                    "reference": case.reference,
                    "urgency": case.urgency.value,
                },
                language=contact.language,
            )
            act.add(Message, message)
            priority = priority_of(MessageKind.REFERRAL, parameters=message["parameters"])
            act.send(contact.id, message["id"], priority=priority)


def _read_clock_of(act: Act) -> UUID | None:
    """The clock by which the duty room must read the case, where it starts with this act.

    Reading is what the duty room accepts by: a second clock of the same length would only page it twice.
    """
    return next((row["id"] for row in act.rows[Clock] if row["step"] == Step.READ.value), None)


def _start_accept_clock(
    act: Act, agency: AgencyEntry, referral_id: UUID, *, case: CaseInView, book: Book, now: datetime
) -> UUID | None:
    clock = clock_row(
        Step.REFERRAL_ACCEPT,
        case.urgency,
        case_id=case.id,
        country=case.country,
        book=book,
        now=now,
        agency=agency,
        referral_id=referral_id,
    )
    if clock is None:
        return None
    act.add(Clock, clock)
    return UUID(str(clock["id"]))
