"""Answering who asks how far their matter is: by a job, for the question needs no more than to be kept at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Event, Identifier, Message
from cases.queries.find_case import locked_case
from cases.rules.codes import Code
from cases.services.event_log import record_event, touch
from cases.services.parties import disclosure_to_reporter
from cases.services.send_to_person import send_to_person
from cases.vocabulary import MACHINE, WORKER, CaseStatus, Disclosure, EventKind, MessageKind, Purpose


def answer_status(session: Session, message_id: UUID, *, now: datetime) -> None:
    """Record that a message asked for the status, and answer it through the gate, in the caller's transaction.

    Safe to call twice for one message: the second call finds its line in the log. Whose case was merged into
    somebody else's is not answered, for the case answers its own reporter only.
    """
    found = _asked(session, message_id)
    if found is None:
        return
    case, message = found
    if _was_recorded(session, case, message_id):
        return
    data = {"code": Code.STATUS.value, "message": str(message_id)}
    record_event(session, case, EventKind.CODE_RECEIVED, by=WORKER, now=now, data=data)
    touch(case, now=now)
    asker = session.get(Identifier, message.identifier_id) if message.identifier_id else None
    if asker is None or asker.person_id != case.reporter_id:
        return
    send_to_person(
        session,
        case,
        kind=MessageKind.ANSWER,
        purpose=Purpose.ANSWER,
        wording=_wording(session, case),
        by=MACHINE,
        now=now,
    )


def _asked(session: Session, message_id: UUID) -> tuple[Case, Message] | None:
    """The message and its locked case, wherever an officer may have put it meanwhile."""
    message = session.get(Message, message_id)
    while message is not None and message.case_id is not None:
        case = locked_case(session, message.case_id)
        session.refresh(message)
        if message.case_id == case.id:
            return case, message
    return None


def _was_recorded(session: Session, case: Case, message_id: UUID) -> bool:
    line = select(Event.id).where(
        Event.case_id == case.id,
        Event.kind == EventKind.CODE_RECEIVED,
        Event.data["message"].astext == str(message_id),
    )
    return session.scalar(line.limit(1)) is not None


def _wording(session: Session, case: Case) -> str:
    """How far the matter is, in a word that says nothing to anybody else."""
    if disclosure_to_reporter(session, case) is not Disclosure.STATUS:
        return "status_waiting"
    if case.status in {CaseStatus.NEW, CaseStatus.TRIAGED}:
        return "status_waiting"
    return "status_done" if case.status in {CaseStatus.RESOLVED, CaseStatus.CLOSED} else "status_working"
