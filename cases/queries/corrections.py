"""Cases whose urgency an officer set otherwise than the machine: labelled examples for the next training."""

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
        machine = Urgency(message.triage["urgency"])
        if machine is case.urgency:
            continue
        yield Correction(
            text=masked(message.body or "", [case.reporter.name or ""]),
            language=message.triage["language"],
            channel=message.channel,
            country=case.country,
            urgency=case.urgency,
            machine=machine,
            categories=tuple(case.categories),
            contact_signs=tuple(case.contact_signs),
            reporter=case.reporter_role.value,
        )


def _corrected_cases() -> Select[Case]:
    changed = select(Event.case_id).where(
        Event.kind == EventKind.URGENCY_CHANGED, Event.actor == ActorKind.USER
    )
    return select(Case).where(Case.id.in_(changed)).order_by(Case.opened_at, Case.id)


def _is_allowed(session: Session, case: Case) -> bool:
    newest = session.scalars(
        select(Event)
        .where(Event.case_id == case.id, Event.kind == EventKind.TRAINING_USE)
        .order_by(Event.position.desc())
        .limit(1)
    ).first()
    return newest is not None and bool(newest.data["allowed"])


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
