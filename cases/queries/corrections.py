"""Cases whose urgency or categories an officer set otherwise than the machine: examples for the next training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Message
from cases.rules.masking import masked
from cases.vocabulary import ActorKind, Channel, Direction, EventKind, Urgency


@dataclass(frozen=True, slots=True)
class Correction:
    """One message, masked, with what the officers made of its case. Nothing in it leads back to the case."""

    text: str
    language: str
    channel: Channel
    country: str | None
    urgency: Urgency
    machine: Urgency
    categories: tuple[str, ...]
    machine_categories: tuple[str, ...]
    contact_signs: tuple[str, ...]
    reporter: str


def corrections(session: Session) -> Iterator[Correction]:
    """Of cases whose person allowed it: the message the machine judged gravest, where officers judged otherwise.

    The newest word on consent counts; a case where the officer came back to the machine's level is no correction.
    """
    for case in session.scalars(_corrected_cases()).all():
        if not _is_allowed(session, case):
            continue
        message = _judged_gravest(session, case)
        if message is None or message.triage is None:
            continue
        machine, seen = Urgency(message.triage["urgency"]), tuple(message.triage["categories"])
        # Where officers left one of the two alone, what the machine made of this message stands for it.
        urgency = case.urgency if _newest(session, case, EventKind.URGENCY_CHANGED) else machine
        told = _newest(session, case, EventKind.CATEGORIES_CHANGED)
        categories = tuple(told.data["to"]) if told else tuple(case.categories)
        recategorised = told is not None and (categories[0] != seen[0] or set(categories) != set(seen))
        if machine is urgency and not recategorised:
            continue
        yield Correction(
            text=masked(message.body or "", [case.reporter.name or ""]),
            language=message.triage["language"],
            channel=message.channel,
            country=case.country,
            urgency=urgency,
            machine=machine,
            categories=categories,
            machine_categories=seen,
            contact_signs=tuple(case.contact_signs),
            reporter=case.reporter_role.value,
        )


def _corrected_cases() -> Select[Case]:
    changed = select(Event.case_id).where(
        Event.kind.in_([EventKind.URGENCY_CHANGED, EventKind.CATEGORIES_CHANGED]),
        Event.actor == ActorKind.USER,
    )
    return select(Case).where(Case.id.in_(changed)).order_by(Case.opened_at, Case.id)


def _is_allowed(session: Session, case: Case) -> bool:
    newest = _newest(session, case, EventKind.TRAINING_USE)
    return newest is not None and bool(newest.data["allowed"])


def _newest(session: Session, case: Case, kind: EventKind) -> Event | None:
    """The last thing of this kind that a member of staff did."""
    return session.scalars(
        select(Event)
        .where(Event.case_id == case.id, Event.kind == kind, Event.actor == ActorKind.USER)
        .order_by(Event.position.desc())
        .limit(1)
    ).first()


def _judged_gravest(session: Session, case: Case) -> Message | None:
    judged = [
        message
        for message in session.scalars(
            select(Message)
            .where(Message.case_id == case.id, Message.direction == Direction.IN)
            .order_by(Message.created_at, Message.id)
        )
        if message.triage and message.body
    ]
    return min(judged, key=lambda message: message.triage["urgency"], default=None)  # type: ignore[index]
