"""Moves of a case that are no end of it, with what each starts. Each takes a locked case."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, Task
from cases.rules.lifecycle import LOOK_AGAIN_DAYS, CaseMove, Starts
from cases.services import lifecycle
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import Actor, CaseStatus, Step, TaskKind, WaitingAbout
from escalation.services.act import Act
from escalation.services.ask_if_solved import ask_if_solved
from escalation.services.book import Book
from escalation.services.keep_promise import keep_promise, refresh_next_due, start_case_clocks

LONGEST_WAIT = timedelta(days=366)


def move_case(
    session: Session,
    case: Case,
    wanted: CaseStatus,
    *,
    explanation: str = "",
    about: WaitingAbout | None = None,
    until: datetime | None = None,
    book: Book,
    by: Actor,
    now: datetime,
) -> None:
    """Move a case by the table and start what the move starts. `until`: when to look again at what is waited for; None:
    as often as an open case of its urgency is looked through. Raises what `cases.services.lifecycle.move_case` raises,
    Invalid for a moment in the past or further off than a year."""
    if until is not None and not now < until <= now + LONGEST_WAIT:
        raise Invalid("a moment to come, within a year", field="until")
    until = until or now + timedelta(days=LOOK_AGAIN_DAYS[case.urgency])
    move = lifecycle.move_case(
        session, case, wanted, explanation=explanation, about=about, until=until, by=by, now=now
    )
    _end_look(session, case, by=by, now=now)
    _start(session, case, move, until=until, book=book, by=by, now=now)


def heed_answer(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """An agency gave a referral back or did what was asked: a locked case that waited for an agency is worked on again,
    and its task to look again ends. One that waits for nobody, or for the worker, stays as it is."""
    if case.status is CaseStatus.WAITING_FOR_AGENCY:
        lifecycle.move_case(session, case, CaseStatus.OPEN, by=by, now=now)
        _end_look(session, case, by=by, now=now)


def _start(
    session: Session, case: Case, move: CaseMove, *, until: datetime, book: Book, by: Actor, now: datetime
) -> None:
    if Starts.READ_KEPT in move.starts:
        keep_promise(session, case, Step.READ, by=by, now=now)
    if Starts.ASSIGN_KEPT in move.starts:
        keep_promise(session, case, Step.ASSIGN, by=by, now=now)
    if Starts.ASSIGN_CLOCK in move.starts:
        act = Act()
        start_case_clocks(act, case, steps=(Step.ASSIGN,), book=book, now=now)
        session.flush()
        act.write(session)
        refresh_next_due(session, case)
    if Starts.LOOK_AGAIN in move.starts:
        open_task(session, case, TaskKind.LOOK_AGAIN, due_at=until, by=by, now=now)
    if Starts.SOLVED_QUESTION in move.starts:
        ask_if_solved(session, case, by=by, now=now)


def _end_look(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """What was waited for is no longer, or is something else."""
    waiting = select(Task).where(
        Task.case_id == case.id,
        Task.kind.in_([TaskKind.LOOK_AGAIN, TaskKind.ASK_IF_SOLVED]),
        Task.done_at.is_(None),
    )
    for task in session.scalars(waiting.order_by(Task.id).with_for_update(key_share=True)):
        finish_task(session, case, task, outcome="moved", by=by, now=now)
