"""Telling the workers of an incident something, each under her own contact plan, through the one gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, Unreachable, WrongState
from cases.models import Case, ContactPlan, Identifier, Incident, IncidentUpdate, IncidentUpdateCase, Message
from cases.rules.access import Permission, may
from cases.rules.contact_safety import Destination, judge_contact
from cases.rules.safe_words import LONGEST_UPDATE, unsafe_parts
from cases.services.contact import plan_in
from cases.services.parties import disclosures_to_reporters
from cases.services.send_to_person import NOT_WRITABLE, answerable, send_to_person
from cases.services.tasks import open_task
from cases.vocabulary import (
    Actor,
    Channel,
    Delivery,
    Direction,
    Disclosure,
    HoldReason,
    MessageKind,
    Purpose,
    TaskKind,
    UpdateOutcome,
)

WORDINGS = ("update_working", "update_ready", "update_write")
# Nobody who hears nothing is helped by hearing it twice: a second update to one case waits so long.
APART = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: one of our WORDINGS, or words of an officer's own."""

    wording: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of an update in one case. `channel` None: no address; `until`: when the safe hours begin."""

    case: Case
    outcome: UpdateOutcome
    channel: Channel | None = None
    reason: HoldReason | None = None
    until: datetime | None = None


def checked_words(wording: str, body: str) -> Words:
    """The words, if they may go to many. Raises Invalid for none, too many, and for what betrays (`words` names it)."""
    if wording:
        if wording not in WORDINGS:
            raise Invalid("choose one of the list", field="wording")
        return Words(wording=wording)
    text = " ".join(body.split())
    if not text or len(text) > LONGEST_UPDATE or "\x00" in text:
        raise Invalid("an update needs words, at most 160 characters", field="update_body")
    unsafe = unsafe_parts(text)
    if unsafe:
        raise Invalid("these words could endanger somebody", field="update_body", words=unsafe)
    return Words(body=text)


def make_update(
    session: Session, incident: Incident, update_id: UUID, words: Words, *, by: Actor, now: datetime
) -> IncidentUpdate:
    """The update of this id: made now, or before by the same button. Raises WrongState when the id was used for other
    words or another incident; Forbidden for anyone but staff who work cases."""
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    fresh = insert(IncidentUpdate).values(
        id=update_id,
        incident_id=incident.id,
        wording=words.wording,
        body=words.body,
        made_at=now,
        made_by_id=by.user_id,
    )
    session.execute(fresh.on_conflict_do_nothing())
    update = session.get_one(IncidentUpdate, update_id, populate_existing=True)
    if (update.incident_id, update.wording, update.body) != (incident.id, words.wording, words.body):
        raise WrongState("this update was made with other words", update="other")
    return update


def send_update(
    session: Session, update: IncidentUpdate, case: Case, *, by: Actor, now: datetime
) -> UpdateOutcome:
    """Give a locked case its update: sent, waiting for the safe hours, or held by the gate, which leaves a task. Asked
    again, it tells what became of it the first time and sends nothing.

    Without an address there is a task to find another way. Raises WrongState for a closed case and for one that is not
    of this incident; NotFound is the caller's.
    """
    before = _result_of(session, update.id, case)
    if before is not None:
        return before
    if case.incident_id != update.incident_id:
        raise WrongState("the case is not of this incident", update="left")
    if not case.is_open:
        raise WrongState("the case is closed", status=case.status)
    if case.id in _told_lately(session, [case.id], now=now):
        # Not written down: pressed again tomorrow, it goes.
        return UpdateOutcome.TOO_SOON
    message: Message | None = None
    try:
        message = send_to_person(
            session,
            case,
            kind=MessageKind.UPDATE,
            purpose=Purpose.NOTICE,
            wording=update.wording,
            body=update.body,
            by=by,
            now=now,
        )
        outcome = _outcome_of(message, now=now)
    except Unreachable:
        open_task(session, case, TaskKind.WRITE_BY_OTHER_MEANS, by=by, now=now)
        outcome = UpdateOutcome.NO_ADDRESS
    session.add(
        IncidentUpdateCase(
            update_id=update.id,
            case_id=case.id,
            message_id=message.id if message else None,
            outcome=outcome,
            at=now,
        )
    )
    session.flush()
    return outcome


def preview_update(
    session: Session,
    incident: Incident,
    cases: Sequence[Case],
    words: Words,
    *,
    now: datetime,
    update_id: UUID | None = None,
) -> list[Prospect]:
    """Who would be told by which channel, and who not and why; nothing is written. As many statements for one case as
    for a hundred."""
    ids = [case.id for case in cases]
    addresses = _last_addresses(session, ids)
    plans = {
        plan.person_id: plan
        for plan in session.scalars(
            select(ContactPlan).where(ContactPlan.person_id.in_({case.reporter_id for case in cases}))
        )
    }
    silent = disclosures_to_reporters(session, cases) if words.body is not None else {}
    lately = _told_lately(session, ids, now=now)
    told = _results(session, update_id, ids) if update_id else {}
    found = []
    for case in cases:
        if case.id in told:
            found.append(Prospect(case, told[case.id]))
        elif case.incident_id != incident.id or not case.is_open:
            found.append(Prospect(case, UpdateOutcome.CLOSED))
        elif case.id in lately:
            found.append(Prospect(case, UpdateOutcome.TOO_SOON))
        elif case.id not in addresses:
            found.append(Prospect(case, UpdateOutcome.NO_ADDRESS))
        else:
            may_hear = silent.get(case.id) is not Disclosure.NOTHING
            found.append(_judged(case, addresses[case.id], plans, words, may_hear=may_hear, now=now))
    return found


def _judged(
    case: Case,
    address: tuple[Identifier, Channel],
    plans: dict[UUID, ContactPlan],
    words: Words,
    *,
    may_hear: bool,
    now: datetime,
) -> Prospect:
    identifier, channel = address
    destination = Destination(
        channel=channel,
        opted_out=identifier.opted_out_at is not None,
        in_doubt=identifier.doubted_at is not None,
    )
    plan = plan_in(plans.get(case.reporter_id))
    verdict = judge_contact(plan, destination, purpose=Purpose.NOTICE, body=words.body, now=now)
    if verdict.is_held:
        return Prospect(case, UpdateOutcome.HELD, channel, verdict.reason)
    if not may_hear:
        return Prospect(case, UpdateOutcome.HELD, channel, HoldReason.NOT_FOR_PROXY)
    if verdict.until is not None:
        return Prospect(case, UpdateOutcome.WAITS, channel, verdict.reason, verdict.until)
    return Prospect(case, UpdateOutcome.SENT, channel)


def _last_addresses(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, tuple[Identifier, Channel]]:
    """Where each reporter wrote from last, as `last_address` sees it."""
    query = (
        select(Message.case_id, Message.channel, Identifier)
        .join(Identifier, Identifier.id == Message.identifier_id)
        .join(Case, Case.id == Message.case_id)
        .where(
            Message.case_id.in_(case_ids),
            Message.direction == Direction.IN,
            Identifier.person_id == Case.reporter_id,
            Identifier.ended_at.is_(None),
            Identifier.kind.not_in(NOT_WRITABLE),
        )
        .ext(distinct_on(Message.case_id))
        .order_by(Message.case_id, Message.created_at.desc(), Message.id.desc())
    )
    found: dict[UUID, tuple[Identifier, Channel]] = {}
    for case_id, channel, identifier in session.execute(query):
        address = answerable(identifier, channel)
        if case_id is not None and address is not None:
            found[case_id] = (identifier, address)
    return found


def _told_lately(session: Session, case_ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Cases that had an update within `APART`, also one that came to them with a merge."""
    query = (
        select(IncidentUpdateCase.case_id, Message.case_id)
        .outerjoin(Message, Message.id == IncidentUpdateCase.message_id)
        .where(
            IncidentUpdateCase.at > now - APART,
            IncidentUpdateCase.outcome.in_([UpdateOutcome.SENT, UpdateOutcome.WAITS]),
            or_(IncidentUpdateCase.case_id.in_(case_ids), Message.case_id.in_(case_ids)),
        )
    )
    return {one for pair in session.execute(query) for one in pair if one is not None}


def _results(session: Session, update_id: UUID, case_ids: Sequence[UUID]) -> dict[UUID, UpdateOutcome]:
    query = (
        select(IncidentUpdateCase.case_id, Message.case_id, IncidentUpdateCase.outcome)
        .outerjoin(Message, Message.id == IncidentUpdateCase.message_id)
        .where(
            IncidentUpdateCase.update_id == update_id,
            or_(IncidentUpdateCase.case_id.in_(case_ids), Message.case_id.in_(case_ids)),
        )
    )
    found: dict[UUID, UpdateOutcome] = {}
    for its_case, holder, outcome in session.execute(query):
        found |= {one: outcome for one in (holder, its_case) if one is not None}
    return found


def _result_of(session: Session, update_id: UUID, case: Case) -> UpdateOutcome | None:
    return _results(session, update_id, [case.id]).get(case.id)


def _outcome_of(message: Message, *, now: datetime) -> UpdateOutcome:
    if message.delivery is Delivery.HELD:
        return UpdateOutcome.HELD
    waits = message.next_attempt_at is not None and message.next_attempt_at > now
    return UpdateOutcome.WAITS if waits else UpdateOutcome.SENT
