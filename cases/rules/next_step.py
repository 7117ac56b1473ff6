"""The one thing to do now about a case: what an officer with forty open ones must not have to work out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cases.vocabulary import ContactPermission, NeedState, Step, TaskKind


class NextStep(StrEnum):
    """In the order in which one goes before another."""

    CLOSED = "closed"
    DURESS = "duress"
    CLAIM = "claim"
    LATE = "late"
    HELD = "held"
    PLAN = "plan"
    ANSWER = "answer"
    REFERRALS = "referrals"
    CLOCK = "clock"
    TASK = "task"
    NEED = "need"
    WAIT = "wait"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class OpenTask:
    """What is left for a human; due where somebody said until when."""

    kind: TaskKind
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """How a case stands. `clocks`: owed promises, the earliest due first. `unanswered_since`: when she wrote what
    nobody has answered. `waiting_for`: agencies that were asked and have not finished."""

    is_open: bool
    has_owner: bool
    reply: ContactPermission
    clocks: Sequence[tuple[Step, datetime]] = ()
    tasks: Sequence[OpenTask] = ()
    unanswered_since: datetime | None = None
    proposals: int = 0
    waiting_for: int = 0
    needs: Sequence[NeedState] = ()


@dataclass(frozen=True, slots=True)
class Next:
    """What to do, and by when, where there is a deadline."""

    step: NextStep
    due_at: datetime | None = None
    clock: Step | None = None


def next_step(case: Situation, now: datetime) -> Next:
    """Danger before order, what is late before what is due, what she waits for before what we wait for."""
    if not case.is_open:
        return Next(NextStep.CLOSED)
    clock, due_at = case.clocks[0] if case.clocks else (None, None)
    kinds = {task.kind for task in case.tasks}
    late = due_at is not None and due_at <= now
    pressing = [task for task in case.tasks if task.due_at is None or task.due_at <= now]
    ready = (
        (NextStep.DURESS, TaskKind.POSSIBLE_DURESS in kinds),
        (NextStep.CLAIM, not case.has_owner),
        (NextStep.LATE, late),
        (NextStep.HELD, TaskKind.DECIDE_HELD_MESSAGE in kinds),
        (NextStep.PLAN, case.reply is ContactPermission.UNKNOWN),
        (
            NextStep.ANSWER,
            case.unanswered_since is not None and case.reply is ContactPermission.ALLOWED,
        ),
        (NextStep.REFERRALS, case.proposals > 0),
        (NextStep.CLOCK, clock is not None),
        (NextStep.TASK, bool(pressing)),
        (NextStep.NEED, NeedState.NEEDED in case.needs),
        (NextStep.WAIT, case.waiting_for > 0 or bool(case.tasks)),
    )
    step = next((step for step, holds in ready if holds), NextStep.FINISH)
    return Next(step, due_at, clock)
