""" "Mine": somebody who was paged takes it on, and the ladder falls silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import NotFound
from cases.models import Case, DutyContact, Referral
from cases.queries.find_case import locked_case
from cases.services.assignment import assign_case
from cases.services.event_log import record_event, touch
from cases.services.referrals import accept
from cases.vocabulary import Actor, ActorKind, CaseStatus, EventKind, ReferralStatus, Step
from escalation.models import Clock, Page
from escalation.services.keep_promise import keep_promise

BY_CODE, BY_LINK, BY_CONSOLE, BY_CALL = "code", "link", "console", "call"


def acknowledge_page(session: Session, page_id: UUID, *, by: Actor, via: str, now: datetime) -> Case:
    """Acknowledge one page. Raises NotFound for an unknown one; a second time changes nothing.

    It silences the ladder of that clock. Staff of the duty room have now read the case; one without an owner
    becomes theirs, and the duty room's referral is accepted. An agency's answer to a referral stays its own.
    """
    page = session.get(Page, page_id)
    if page is None:
        raise NotFound("there is no such page")
    # The lock order is the same everywhere: the case first, then what hangs on it.
    case = locked_case(session, page.case_id)
    session.refresh(page)
    if page.acknowledged_at is not None:
        return case
    page.acknowledged_at = now
    if page.clock_id is not None:
        clock = session.get_one(Clock, page.clock_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
        clock.acknowledged_at = now
        clock.acknowledged_by_id = page.contact_id
        clock.next_at = now if clock.next_at is not None else None
        clock.generation += 1
    data = {"page": str(page.id), "via": via, "contact": str(page.contact_id)}
    record_event(session, case, EventKind.ACKNOWLEDGED, by=by, now=now, data=data)
    contact = session.get_one(DutyContact, page.contact_id)
    if contact.user_id is not None and case.status is not CaseStatus.CLOSED:
        _take_on(session, case, page, user_id=contact.user_id, by=by, now=now)
    touch(case, now=now)
    return case


def page_by_code(session: Session, contact_id: UUID, code: str) -> UUID | None:
    """The open page of this contact that carries the code; the newest, should two carry the same."""
    return session.scalar(
        select(Page.id)
        .where(Page.contact_id == contact_id, Page.code == code, Page.acknowledged_at.is_(None))
        .order_by(Page.created_at.desc())
        .limit(1)
    )


def in_case_order(session: Session, page_ids: Iterable[UUID]) -> list[UUID]:
    """These pages in the order in which their cases are locked when there are several."""
    return list(
        session.scalars(select(Page.id).where(Page.id.in_(list(page_ids))).order_by(Page.case_id, Page.id))
    )


def _take_on(session: Session, case: Case, page: Page, *, user_id: UUID, by: Actor, now: datetime) -> None:
    keep_promise(session, case, Step.READ, by=by, now=now)
    if case.owner_id is None:
        assign_case(session, case, to=user_id, by=by, now=now)
        keep_promise(session, case, Step.ASSIGN, by=by, now=now)
    contact = session.get_one(DutyContact, page.contact_id)
    referral = session.scalar(
        select(Referral).where(
            Referral.case_id == case.id,
            Referral.agency_id == contact.agency_id,
            Referral.status == ReferralStatus.SENT,
        )
    )
    if referral is not None:
        accept(session, case, referral, by=Actor(ActorKind.AGENCY, contact_id=contact.id), now=now)
        keep_promise(session, case, Step.REFERRAL_ACCEPT, by=by, now=now, referral=referral)
