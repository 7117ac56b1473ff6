"""Who is told next while a promise stays unkept: warn, breach, the rung above, then again and again.

Domain brief 3.3: at half time a nudge to the handler; at full time to the supervisor and the officer on duty;
at one and a half times (U1: 15 minutes after due) to the director on duty; then repeated until acknowledged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.vocabulary import ClockState, LadderRole, PageKind, Step
from escalation.rules.policy import LadderTimes
from escalation.rules.sla import WorkingTime, due_at

WARN, BREACH, THIRD = 1, 2, 3
_KINDS = {WARN: PageKind.WARN, BREACH: PageKind.BREACH, THIRD: PageKind.STILL_SILENT}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A clock as it stands: `rung` is the highest one reached (0: none), `repeats` how often the last repeated."""

    step: Step
    state: ClockState
    started_at: datetime
    due_at: datetime
    limit: timedelta
    calendar: WorkingTime
    rung: int = 0
    repeats: int = 0
    last_paged_at: datetime | None = None
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now. `kind` None: page nobody, only note the new state. `next_at` None: never look again."""

    state: ClockState
    rung: int
    repeat: int
    kind: PageKind | None
    who: tuple[LadderRole, ...]
    next_at: datetime | None


def first_look(times: LadderTimes, snapshot: Snapshot) -> datetime:
    """When a fresh clock must be looked at for the first time."""
    return _reached_at(WARN, times, snapshot)


def next_step(snapshot: Snapshot, times: LadderTimes, now: datetime) -> Decision | None:
    """The decision for a clock at `now`; None when nothing is to be done and nothing will be.

    After an outage the highest rung reached is taken once and the ones below are skipped, so that nobody gets
    a burst. An acknowledged clock still turns BREACHED when its time comes, but pages nobody.
    """
    if snapshot.state not in {ClockState.RUNNING, ClockState.BREACHED}:
        return None
    reached = max((rung for rung in _KINDS if _reached_at(rung, times, snapshot) <= now), default=0)
    state = ClockState.BREACHED if snapshot.due_at <= now else snapshot.state
    if snapshot.acknowledged:
        quiet_until = None if state is ClockState.BREACHED else snapshot.due_at
        return Decision(state, max(reached, snapshot.rung), snapshot.repeats, None, (), quiet_until)
    if reached > snapshot.rung:
        following = _next_after(reached, 0, times, snapshot, now)
        return Decision(state, reached, 0, _KINDS[reached], _who(reached, snapshot.step), following)
    return _repeat(snapshot, times, state, now)


def _repeat(snapshot: Snapshot, times: LadderTimes, state: ClockState, now: datetime) -> Decision:
    due = _next_after(snapshot.rung, snapshot.repeats, times, snapshot, snapshot.last_paged_at or now)
    if snapshot.rung < THIRD or due is None or now < due:
        return Decision(state, snapshot.rung, snapshot.repeats, None, (), due)
    repeat = snapshot.repeats + 1
    following = _next_after(THIRD, repeat, times, snapshot, now)
    return Decision(state, THIRD, repeat, PageKind.STILL_SILENT, _who(THIRD, snapshot.step), following)


def _next_after(
    rung: int, repeats: int, times: LadderTimes, snapshot: Snapshot, paged_at: datetime
) -> datetime | None:
    if rung < THIRD:
        return _reached_at(rung + 1, times, snapshot)
    if repeats >= times.max_repeats:
        return None
    return due_at(paged_at, times.repeat_every, snapshot.calendar)


def _reached_at(rung: int, times: LadderTimes, snapshot: Snapshot) -> datetime:
    """When a rung is reached. Fractions count in the hours of the promise's own calendar."""
    if rung == BREACH:
        return snapshot.due_at
    if rung == THIRD and times.third_after is not None:
        return snapshot.due_at + times.third_after
    fraction = times.warn_at if rung == WARN else times.third_at - times.breach_at
    start = snapshot.started_at if rung == WARN else snapshot.due_at
    return due_at(start, snapshot.limit * fraction, snapshot.calendar) or snapshot.due_at


def _who(rung: int, step: Step) -> tuple[LadderRole, ...]:
    agency = (LadderRole.AGENCY,) if step is Step.REFERRAL_ACCEPT else ()
    if rung == WARN:
        return agency or (LadderRole.HANDLER,)
    if rung == BREACH:
        return (*agency, LadderRole.SUPERVISOR, LadderRole.DUTY_OFFICER)
    return (LadderRole.DIRECTOR,)
