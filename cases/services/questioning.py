"""The short conversation of a case: asking, taking answers, stopping."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Unreachable
from cases.models import Case, Questioning
from cases.rules.questions import Answer, Question, next_question, read_hour
from cases.services.contact import take_her_word
from cases.services.event_log import record_event, touch
from cases.services.send_to_person import send_to_person
from cases.services.tasks import open_task
from cases.vocabulary import MACHINE, Actor, ContactPermission, EventKind, MessageKind, Purpose, TaskKind


def await_when(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """The neutral greeting was sent: her answer to "when may we write?" is understood from now on."""
    row = _started(session, case, by=by, now=now)
    row.pending = Question.WHEN.value


def start_questions(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """An officer starts, or takes up again, the short conversation; the first open question is sent in their
    name, through the gate. Raises what `send_to_person` raises."""
    row = _started(session, case, by=by, now=now)
    _ask_next(session, case, row, purpose=Purpose.REPLY, by=by, now=now)


def take_answer(
    session: Session, case: Case, question: Question, answer: Answer, *, body: str, now: datetime
) -> None:
    """Keep the answer to the pending question, and ask the next one where the gate allows it.

    An answer of hers to WHEN opens the gate ("kapan saja": now; "jam 9 malam": at that hour), or shuts it
    ("salah nomor"). Sent twice, an answer counts once.
    """
    row = session.get(Questioning, case.id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if row is None or row.ended_at is not None or row.pending != question.value:
        return
    data = {"question": question.value, "answer": answer.value}
    record_event(session, case, EventKind.QUESTION_ANSWERED, by=MACHINE, now=now, data=data)
    if question is Question.WHEN:
        _take_when(session, case.reporter_id, answer, body=body, now=now)
        if answer is Answer.WRONG_NUMBER:
            open_task(session, case, TaskKind.WRITE_BY_OTHER_MEANS, by=MACHINE, now=now)
        if answer is not Answer.NOW:
            row.pending = None
            touch(case, now=now)
            return
    else:
        row.answers = {**row.answers, question.value: answer.value}
    _ask_next(session, case, row, purpose=Purpose.ANSWER, by=MACHINE, now=now)


def end_questions(session: Session, case_id: UUID, *, reason: str, now: datetime) -> None:
    """Ask no more: an officer took over, the case ended, or she is in danger."""
    row = session.get(Questioning, case_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if row is not None and row.ended_at is None:
        row.ended_at, row.end_reason, row.pending = now, reason, None


def _started(session: Session, case: Case, *, by: Actor, now: datetime) -> Questioning:
    row = session.get(Questioning, case.id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if row is None:
        row = Questioning(case_id=case.id, language=case.language, answers={}, started_at=now)
        session.add(row)
    row.ended_at, row.end_reason = None, None
    session.flush()
    record_event(session, case, EventKind.QUESTIONS_STARTED, by=by, now=now)
    touch(case, now=now)
    return row


def _ask_next(
    session: Session, case: Case, row: Questioning, *, purpose: Purpose, by: Actor, now: datetime
) -> None:
    question = next_question(row.answers)
    row.pending = question.value if question else None
    if question is None:
        row.ended_at, row.end_reason = now, "all_asked"
        record_event(session, case, EventKind.QUESTIONS_ENDED, by=by, now=now)
    wording = f"ask_{question.value}" if question else "asked_all"
    try:
        send_to_person(
            session, case, kind=MessageKind.QUESTION, purpose=purpose, wording=wording, by=by, now=now
        )
    except Unreachable:
        if by is not MACHINE:
            raise


def _take_when(session: Session, person_id: UUID, answer: Answer, *, body: str, now: datetime) -> None:
    if answer is Answer.WRONG_NUMBER:
        take_her_word(session, person_id, {"reply": ContactPermission.FORBIDDEN}, now=now)
    elif answer is Answer.NOW:
        take_her_word(session, person_id, {"reply": ContactPermission.ALLOWED}, now=now)
    else:
        take_her_word(
            session, person_id, {"reply": ContactPermission.ALLOWED, "hours": read_hour(body)}, now=now
        )
