"""What comes first, and that something always does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.next_step import NextStep, OpenTask, Situation, next_step
from cases.vocabulary import ContactPermission, NeedState, Step, TaskKind

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CALM = Situation(is_open=True, has_owner=True, reply=ContactPermission.ALLOWED)
MOMENTS = st.integers(-1000, 1000).map(lambda minutes: NOW + timedelta(minutes=minutes))
SITUATIONS = st.builds(
    Situation,
    is_open=st.booleans(),
    has_owner=st.booleans(),
    reply=st.sampled_from(ContactPermission),
    clocks=st.lists(st.tuples(st.sampled_from(Step), MOMENTS), max_size=3).map(
        lambda clocks: sorted(clocks, key=lambda clock: clock[1])
    ),
    tasks=st.lists(st.builds(OpenTask, st.sampled_from(TaskKind), st.none() | MOMENTS), max_size=4),
    unanswered_since=st.none() | MOMENTS,
    proposals=st.integers(0, 2),
    waiting_for=st.integers(0, 2),
    needs=st.lists(st.sampled_from(NeedState), max_size=3),
)


def step_of(case: Situation) -> NextStep:
    return next_step(case, NOW).step


def test_danger_goes_before_everything_and_nothing_left_means_finish() -> None:
    busy = replace(
        CALM, has_owner=False, clocks=[(Step.READ, NOW - timedelta(hours=1))],
        tasks=[OpenTask(TaskKind.POSSIBLE_DURESS)],
    )  # fmt: skip
    assert step_of(busy) is NextStep.DURESS
    assert step_of(replace(busy, tasks=[])) is NextStep.CLAIM
    assert step_of(replace(busy, tasks=[], has_owner=True)) is NextStep.LATE
    assert step_of(CALM) is NextStep.FINISH


def test_her_unanswered_words_come_before_our_papers() -> None:
    waiting = replace(CALM, unanswered_since=NOW, proposals=2)
    assert step_of(waiting) is NextStep.ANSWER
    assert step_of(replace(waiting, reply=ContactPermission.FORBIDDEN)) is NextStep.REFERRALS
    assert step_of(replace(waiting, reply=ContactPermission.UNKNOWN)) is NextStep.PLAN


def test_a_follow_up_counts_from_the_day_it_is_due() -> None:
    later = replace(CALM, tasks=[OpenTask(TaskKind.FOLLOW_UP, NOW + timedelta(days=1))])
    assert step_of(later) is NextStep.WAIT
    assert next_step(later, NOW + timedelta(days=2)).step is NextStep.TASK
    assert step_of(replace(CALM, needs=[NeedState.NEEDED])) is NextStep.NEED


@given(case=SITUATIONS)
def test_there_is_always_one_step_and_danger_is_never_hidden(case: Situation) -> None:
    found = next_step(case, NOW)
    if not case.is_open:
        assert found.step is NextStep.CLOSED
    elif any(task.kind is TaskKind.POSSIBLE_DURESS for task in case.tasks):
        assert found.step is NextStep.DURESS
    elif found.step in {NextStep.FINISH, NextStep.WAIT}:
        assert case.has_owner
        assert not case.clocks
        assert NeedState.NEEDED not in case.needs
    if case.is_open and case.clocks:
        assert found.due_at == case.clocks[0][1]
