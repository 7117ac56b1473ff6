"""The table of a case's states: every state can be left, nothing is closed by a machine, every move has its duty."""

from __future__ import annotations

import pytest

from cases.rules.lifecycle import (
    CASE_MOVES,
    Given,
    Starts,
    case_move,
    heard_status,
    possible_moves,
    reopened_status,
    taken_status,
    united_status,
)
from cases.vocabulary import ActorKind, CaseStatus

S = CaseStatus


def test_every_state_is_reached_and_left() -> None:
    assert {to for _, to in CASE_MOVES} == set(S)
    assert {start for start, _ in CASE_MOVES} == set(S)
    assert all(start is not to for start, to in CASE_MOVES)


def test_only_a_member_of_staff_ends_a_case_and_on_a_ground() -> None:
    for start in set(S) - {S.CLOSED}:
        move = CASE_MOVES[start, S.CLOSED]
        assert move.who == {ActorKind.USER}
        assert move.needs == {Given.EXPLANATION, Given.GROUND}
        assert move.starts == {Starts.CLOCKS_END, Starts.SAFETY_CHECKS}


def test_what_nobody_handles_cannot_wait_or_be_solved() -> None:
    for start in (S.NEW, S.TRIAGED):
        assert possible_moves(start, ActorKind.USER)[-1] is S.CLOSED
        assert case_move(start, S.WAITING_FOR_WORKER) is case_move(start, S.RESOLVED) is None


@pytest.mark.parametrize("wanted", [S.WAITING_FOR_WORKER, S.WAITING_FOR_AGENCY])
def test_who_waits_says_for_what_and_looks_again(wanted: CaseStatus) -> None:
    move = CASE_MOVES[S.OPEN, wanted]
    assert Starts.LOOK_AGAIN in move.starts
    assert Given.OWNER in move.needs
    assert (Given.WAITING_ABOUT in move.needs) == (wanted is S.WAITING_FOR_WORKER)
    assert (Given.ASKED_AGENCY in move.needs) == (wanted is S.WAITING_FOR_AGENCY)


def test_a_worker_ends_waiting_and_opens_again_and_moves_nothing_else() -> None:
    hers = {move for move, how in CASE_MOVES.items() if ActorKind.WORKER in how.who}
    assert hers == {
        (S.WAITING_FOR_WORKER, S.OPEN),
        (S.WAITING_FOR_AGENCY, S.OPEN),
        (S.RESOLVED, S.OPEN),
        (S.CLOSED, S.OPEN),
        (S.CLOSED, S.NEW),
    }


@pytest.mark.parametrize("status", S)
def test_the_states_that_follow_by_themselves_are_moves_of_the_table(status: CaseStatus) -> None:
    heard = heard_status(status)
    assert heard is status or ActorKind.WORKER in CASE_MOVES[status, heard].who
    if status is not S.CLOSED:
        taken = taken_status(status)
        assert taken is status or Given.OWNER in CASE_MOVES[status, taken].needs
    for has_owner in (True, False):
        assert (S.CLOSED, reopened_status(has_owner=has_owner)) in CASE_MOVES


def test_two_cases_become_one_that_is_worked_on() -> None:
    assert united_status(S.RESOLVED, S.OPEN, has_owner=True) is S.OPEN
    assert united_status(S.WAITING_FOR_AGENCY, S.NEW, has_owner=True) is S.OPEN
    assert united_status(S.NEW, S.NEW, has_owner=False) is S.NEW
    assert united_status(S.NEW, S.NEW, has_owner=True) is S.OPEN
    assert united_status(S.WAITING_FOR_AGENCY, S.WAITING_FOR_AGENCY, has_owner=True) is S.WAITING_FOR_AGENCY
