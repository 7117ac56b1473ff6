"""How a person may be contacted, and that they were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from cases.errors import Invalid, StaleVersion
from cases.models import Case, ContactPlan
from cases.rules.contact_safety import NOTHING_KNOWN, Plan, narrowed
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ContactPermission, ContactSign, EventKind


class ContactOutcome(StrEnum):
    """What came of trying to reach the person; the last three are recorded reasons why there was no contact."""

    REACHED = "reached"
    NOT_SAFE = "not_safe"
    NOT_REACHABLE = "not_reachable"
    WAITING_FOR_WORKER = "waiting_for_worker"


def plan_of(session: Session, person_id: UUID) -> Plan:
    """The deciding part of a person's contact plan; of a stranger nothing is known."""
    plan = session.get(ContactPlan, person_id)
    if plan is None:
        return NOTHING_KNOWN
    return Plan(plan.reply, plan.call, frozenset(ContactSign(sign) for sign in plan.signs))


def heed_signs(session: Session, person_id: UUID, signs: Iterable[ContactSign], *, now: datetime) -> None:
    """Narrow the plan by what the person's own words say. Never widens it."""
    found = frozenset(signs)
    if not found:
        return
    before = plan_of(session, person_id)
    after = narrowed(before, found)
    if after == before:
        return
    row = session.get(ContactPlan, person_id)
    if row is None:
        row = ContactPlan(person_id=person_id, version=0)
        session.add(row)
    row.reply, row.call = after.reply, after.call
    row.signs = sorted(after.signs)
    row.version += 1
    row.updated_at = now


def set_contact_plan(
    session: Session,
    case: Case,
    *,
    reply: ContactPermission,
    call: ContactPermission,
    hours: str | None,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """An officer records what the person said about safe contact. Raises StaleVersion when the plan changed
    since `version` was read (0: there was none)."""
    row = session.get(ContactPlan, case.reporter_id, with_for_update=True, populate_existing=True)
    if (row.version if row else 0) != version:
        raise StaleVersion("the contact plan was changed in the meantime", version=row.version if row else 0)
    if row is None:
        row = ContactPlan(person_id=case.reporter_id, version=0, signs=[])
        session.add(row)
    row.reply, row.call = reply, call
    row.hours = (hours or "").strip()[:200] or None
    row.version += 1
    row.updated_at, row.updated_by_id = now, by.user_id
    data = {"reply": reply.value, "call": call.value}
    record_event(session, case, EventKind.CONTACT_PLAN_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)


def record_contact(
    session: Session, case: Case, outcome: ContactOutcome, *, by: Actor, now: datetime
) -> None:
    """Record that the person was safely reached, or the reason why not (domain brief 3.3, first safe contact)."""
    if by.user_id is None:
        raise Invalid("only a member of staff records contact", field="author")
    record_event(session, case, EventKind.CONTACT_RECORDED, by=by, now=now, data={"outcome": outcome.value})
    touch(case, now=now)
