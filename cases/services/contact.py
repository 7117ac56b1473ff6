"""How a person may be contacted, and that they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, StaleVersion
from cases.models import Case, ContactPlan
from cases.rules.contact_safety import NOTHING_KNOWN, Plan, narrowed
from cases.rules.safe_hours import hours_text, parse_hours
from cases.services.event_log import record_event, touch
from cases.vocabulary import (
    Actor,
    Channel,
    ContactPermission,
    ContactSign,
    EventKind,
    PhoneHolder,
)

LONGEST_PLAN_TEXT = 500
_TEXTS = frozenset({"readers", "name_to_use", "cover_story", "trusted_person", "language"})
_SECRETS = frozenset({"safe_word", "duress_word"})
_PERMISSIONS = frozenset({"reply", "call", "voice_note", "family"})


class ContactOutcome(StrEnum):
    """What came of trying to reach the person; the last three are recorded reasons why there was no contact."""

    REACHED = "reached"
    NOT_SAFE = "not_safe"
    NOT_REACHABLE = "not_reachable"
    WAITING_FOR_WORKER = "waiting_for_worker"


def plan_of(session: Session, person_id: UUID) -> Plan:
    """The deciding part of a person's contact plan; of a stranger nothing is known."""
    return plan_in(session.get(ContactPlan, person_id))


def plan_in(plan: ContactPlan | None) -> Plan:
    """The deciding part of a plan that was read; of none nothing is known."""
    if plan is None:
        return NOTHING_KNOWN
    return Plan(
        reply=plan.reply,
        call=plan.call,
        signs=frozenset(ContactSign(sign) for sign in plan.signs),
        holder=plan.holder,
        channel=plan.channel,
        hours=parse_hours(plan.hours or ""),
        zone=plan.zone or "UTC",
        in_duress=plan.duress_at is not None,
    )


def heed_signs(session: Session, person_id: UUID, signs: Iterable[ContactSign], *, now: datetime) -> None:
    """Narrow the plan by what the person's own words say. Never widens it."""
    found = frozenset(signs)
    if not found:
        return
    known = session.get(ContactPlan, person_id)
    before = plan_in(known)
    after = narrowed(before, found)
    if after == before:
        return
    row = _changed(session, known, person_id, now=now)
    row.reply, row.call = after.reply, after.call
    row.signs = sorted(after.signs)
    session.flush()  # so that whoever asks for a new plan next in this transaction finds it


def first_plan(person_id: UUID, signs: Iterable[ContactSign], *, now: datetime) -> dict[str, Any] | None:
    """The row of a plan for somebody who has none, as `heed_signs` would make it; None without a sign."""
    found = frozenset(signs)
    if not found:
        return None
    plan, unknown = narrowed(NOTHING_KNOWN, found), ContactPermission.UNKNOWN
    return {
        "person_id": person_id,
        "holder": plan.holder,
        "reply": plan.reply,
        "call": plan.call,
        "voice_note": unknown,
        "family": unknown,
        "signs": sorted(plan.signs),
        "version": 1,
        "updated_at": now,
    }


def set_contact_plan(
    session: Session, case: Case, changes: Mapping[str, Any], *, version: int, by: Actor, now: datetime
) -> None:
    """An officer records what the person said about safe contact.

    `changes` names columns of the plan; what it does not name stays. Hours are in the form of
    `rules.safe_hours`, with `zone` the person's. An allowed reply clears DO_NOT_REPLY, and a duress word that
    was given: a human has decided. Raises StaleVersion when the plan changed since `version` was read (0: there
    was none); Invalid, naming the field, for what cannot be understood.
    """
    row = session.get(ContactPlan, case.reporter_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if (row.version if row else 0) != version:
        raise StaleVersion("the contact plan was changed in the meantime", version=row.version if row else 0)
    values = {name: _checked(name, value) for name, value in changes.items()}
    _refuse_one_word_for_two_things(row, values)
    row = _plan_row(session, case.reporter_id, now=now)
    for name, value in values.items():
        setattr(row, name, value)
    if values.get("reply") is ContactPermission.ALLOWED:
        row.signs = [sign for sign in row.signs if sign != ContactSign.DO_NOT_REPLY]
        row.duress_at = None
    row.updated_by_id = by.user_id
    session.flush()
    data = {name: str(values[name]) for name in sorted(_PERMISSIONS & set(values))}
    data["changed"] = ",".join(sorted(values))
    record_event(session, case, EventKind.CONTACT_PLAN_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)


def show_secret(session: Session, case: Case, name: str, *, by: Actor, now: datetime) -> str:
    """The safe word or the duress word, to who contacts her now; that it was shown is recorded.

    Raises NotFound when there is none, Invalid for another name.
    """
    if name not in _SECRETS:
        raise Invalid("there is no such secret", field="secret")
    row = session.get(ContactPlan, case.reporter_id)
    secret = getattr(row, name) if row else None
    if secret is None:
        raise NotFound("there is no such word", secret=name)
    record_event(session, case, EventKind.SECRET_SHOWN, by=by, now=now, data={"secret": name})
    touch(case, now=now)
    return str(secret)


def record_contact(
    session: Session, case: Case, outcome: ContactOutcome, *, by: Actor, now: datetime
) -> None:
    """Record that the person was safely reached, or the reason why not (domain brief 3.3, first safe contact)."""
    if by.user_id is None:
        raise Invalid("only a member of staff records contact", field="author")
    record_event(session, case, EventKind.CONTACT_RECORDED, by=by, now=now, data={"outcome": outcome.value})
    touch(case, now=now)


def take_her_word(session: Session, person_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Keep what the person herself answered to "when may we write?". Her answer may allow what nobody has
    forbidden; it never undoes a refusal of hers or of an officer."""
    row = _plan_row(session, person_id, now=now)
    if row.reply is ContactPermission.FORBIDDEN:
        return
    for name, value in changes.items():
        setattr(row, name, _checked(name, value))


def mark_duress(session: Session, person_id: UUID, *, now: datetime) -> None:
    """She gave the duress word: the machine is silent from here on, until an officer decides."""
    row = _plan_row(session, person_id, now=now)
    row.duress_at = row.duress_at or now
    session.flush()


def _plan_row(session: Session, person_id: UUID, *, now: datetime) -> ContactPlan:
    """The person's plan, marked as changed; a new one knows nothing yet."""
    return _changed(session, session.get(ContactPlan, person_id), person_id, now=now)


def _changed(session: Session, row: ContactPlan | None, person_id: UUID, *, now: datetime) -> ContactPlan:
    if row is None:
        unknown = ContactPermission.UNKNOWN
        row = ContactPlan(person_id=person_id, reply=unknown, call=unknown, signs=[], version=0)
        session.add(row)
    row.version += 1
    row.updated_at = now
    return row


def _checked(name: str, value: Any) -> Any:
    try:
        if name in _PERMISSIONS:
            return ContactPermission(value)
        if name == "holder":
            return PhoneHolder(value)
        if name == "channel":
            return Channel(value) if value else None
        if name == "hours":
            return hours_text(parse_hours(value or "")) or None
    except ValueError as error:
        raise Invalid("this cannot be understood", field=name) from error
    if name == "zone":
        return value
    if name not in _TEXTS | _SECRETS:
        raise Invalid("a contact plan has no such part", field=name)
    text = " ".join((value or "").split())
    if len(text) > LONGEST_PLAN_TEXT or "\x00" in text:
        raise Invalid("too long", field=name)
    return text or None


def _refuse_one_word_for_two_things(row: ContactPlan | None, values: Mapping[str, Any]) -> None:
    safe, duress = (
        values.get(name, getattr(row, name) if row else None) for name in ("safe_word", "duress_word")
    )
    if safe and duress and safe.casefold() == duress.casefold():
        raise Invalid("safe word and duress word must differ", field="duress_word")
