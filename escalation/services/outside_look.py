"""An outside model looks at what the machine has judged: it may raise a case, and nothing else.

Asked only after a message is stored and judged, by a worker, never while the message comes in. What it answers
has the right of any machine: up. It neither lowers nor closes nor reopens, and where an officer has set the level
after the message came, the officer's word stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.jobs import defer_looks
from cases.models import Case, ContactPlan, Event, Message, OutsideLook, Party, Person
from cases.queries.find_case import locked_case
from cases.rules.masking import masked
from cases.services.event_log import CaseLog
from cases.vocabulary import (
    MACHINE,
    ActorKind,
    CaseStatus,
    Category,
    Direction,
    EventKind,
    LookState,
    MessageKind,
    Urgency,
)
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.continue_case import take_over

# A level that comes later than this after the message says nothing that the people on the case do not know.
STALE_AFTER = timedelta(hours=6)
MOST_AT_ONCE = 500
MOST_ATTEMPTS = 3
_WAITS = (timedelta(seconds=10), timedelta(minutes=1))
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What the model is told of one message. No number, no address, no name but those in unmasked words."""

    message_id: UUID
    text: str
    language: str
    country: str | None
    urgency: Urgency
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model answered, as far as it is understood."""

    urgency: Urgency
    categories: tuple[Category, ...] = ()
    reason: str = ""


def ask_about_new(session: Session, *, since: datetime, now: datetime) -> int:
    """Enqueue a look at every message that came in since and whose case could still be raised; returns how many.

    Each message is asked about once, whoever else looks for them at the same time.
    """
    found = session.scalars(
        select(Message.id)
        .join(Case, Case.id == Message.case_id)
        .outerjoin(OutsideLook, OutsideLook.message_id == Message.id)
        .where(
            Case.updated_at >= since,
            Case.status != CaseStatus.CLOSED,
            Case.urgency != Urgency.U1,
            Message.direction == Direction.IN,
            Message.kind == MessageKind.REPORT,
            Message.created_at >= now - STALE_AFTER,
            Message.body != "",
            OutsideLook.message_id.is_(None),
        )
        .order_by(Message.created_at, Message.id)
        .limit(MOST_AT_ONCE)
    ).all()
    if not found:
        return 0
    rows = [
        {"message_id": message_id, "state": LookState.WAITING, "attempts": 0, "asked_at": now}
        for message_id in found
    ]
    added = insert(OutsideLook).values(rows).on_conflict_do_nothing().returning(OutsideLook.message_id)
    new = session.scalars(added).all()
    defer_looks(session, new)
    return len(new)


def begin_look(session: Session, message_id: UUID, *, masks: bool, now: datetime) -> Question | None:
    """Count an attempt and say what to ask; None when nobody need be asked (any more)."""
    look = session.get(OutsideLook, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    message = session.get(Message, message_id)
    if look is None or look.state is not LookState.WAITING or message is None or message.case_id is None:
        return None
    case = session.get_one(Case, message.case_id)
    if case.status is CaseStatus.CLOSED or case.urgency is Urgency.U1:
        _end(look, LookState.NOT_ABOVE, now=now)
        return None
    if now - message.created_at > STALE_AFTER:
        _end(look, LookState.TOO_LATE, now=now)
        return None
    look.attempts += 1
    text = message.body or ""
    return Question(
        message_id=message_id,
        text=masked(text, _names(session, case)) if masks else text,
        language=case.language,
        country=case.country,
        urgency=case.urgency,
        categories=tuple(case.categories),
    )


def put_off(session: Session, message_id: UUID, *, at: datetime) -> None:
    """Look at this message later: nobody could be asked, so it is no attempt."""
    defer_looks(session, [message_id], not_before=at)


def record_no_answer(session: Session, message_id: UUID, *, now: datetime) -> LookState:
    """Nothing of use came back in time: ask again a little later, a few times."""
    look = session.get(OutsideLook, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if look is None or look.state is not LookState.WAITING:
        return LookState.GIVEN_UP
    if look.attempts >= MOST_ATTEMPTS:
        return _end(look, LookState.GIVEN_UP, now=now)
    defer_looks(session, [message_id], not_before=now + _WAITS[min(look.attempts, len(_WAITS)) - 1])
    return LookState.WAITING


def record_meaningless(session: Session, message_id: UUID, *, now: datetime) -> LookState:
    """An answer came that says nothing we understand: it is ignored, and not asked for again."""
    look = session.get_one(OutsideLook, message_id, with_for_update=NO_KEY_UPDATE)
    return _end(look, LookState.MEANINGLESS, now=now)


def record_opinion(
    session: Session, message_id: UUID, opinion: Opinion, *, hook: str, book: Book, now: datetime
) -> LookState:
    """Raise the case where the answer is above its level, with all that hangs on a raise by the machine.

    Ignored: an answer at or below the level, about a closed case, about one whose level an officer has set since the
    message came, and a second answer.
    """
    message = session.get_one(Message, message_id)
    case = locked_case(session, message.case_id) if message.case_id else None
    look = session.get_one(OutsideLook, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if look.state is not LookState.WAITING:
        return look.state
    look.urgency = opinion.urgency
    if case is None or case.status is CaseStatus.CLOSED or not opinion.urgency.is_above(case.urgency):
        return _end(look, LookState.NOT_ABOVE, now=now)
    if _officer_decided(session, case, since=message.created_at):
        return _end(look, LookState.HUMAN_DECIDED, now=now)
    _raise(session, case, message, opinion, hook=hook, book=book, now=now)
    return _end(look, LookState.RAISED, now=now)


def _raise(
    session: Session, case: Case, message: Message, opinion: Opinion, *, hook: str, book: Book, now: datetime
) -> None:
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    data = {
        "from": case.urgency.value,
        "to": opinion.urgency.value,
        "hook": hook,
        "message": str(message.id),
    }
    # It may quote her: what tells who she is stays out of a log that cannot be changed.
    if reason := masked(opinion.reason, _names(session, case)).strip()[:LONGEST_REASON]:
        data["reason"] = reason
    log.add(EventKind.URGENCY_CHANGED, by=MACHINE, now=now, data=data)
    learned: dict[str, Any] = {
        "urgency": opinion.urgency,
        "updated_at": now,
        "version": case.version + 1,
        "triage": {**case.triage, "urgency": opinion.urgency.value, "hook": hook},
    }
    learned |= _categories(case, opinion.categories)
    take_over(session, Act(), case.id, learned, body=message.body or "", book=book, log=log, now=now)


def _categories(case: Case, told: tuple[Category, ...]) -> dict[str, Any]:
    """More categories; the first of them leads only where nothing but a question was seen before."""
    new = [one.value for one in told if one is not Category.INFO and one.value not in case.categories]
    if not new:
        return {}
    known = [value for value in case.categories if value != Category.INFO]
    learned: dict[str, Any] = {"categories": [*known, *new]}
    if case.leading_category is Category.INFO:
        learned["leading_category"] = Category(learned["categories"][0])
    return learned


def _officer_decided(session: Session, case: Case, *, since: datetime) -> bool:
    by_hand = select(Event.id).where(
        Event.case_id == case.id,
        Event.kind == EventKind.URGENCY_CHANGED,
        Event.actor == ActorKind.USER,
        Event.at >= since,
    )
    return session.scalar(by_hand.limit(1)) is not None


def _names(session: Session, case: Case) -> list[str]:
    """Every name known in the case, and the words she chose for herself."""
    persons = select(Person).where(
        Person.id.in_(select(Party.person_id).where(Party.case_id == case.id))
        | (Person.id == case.reporter_id)
    )
    names = [person.name for person in session.scalars(persons)]
    plan = session.get(ContactPlan, case.reporter_id)
    if plan is not None:
        names += [plan.name_to_use, plan.safe_word, plan.duress_word]
    return [name for name in names if name]


def _end(look: OutsideLook, state: LookState, *, now: datetime) -> LookState:
    look.state, look.ended_at = state, now
    return state
