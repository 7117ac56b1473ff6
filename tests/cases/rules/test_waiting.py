"""Whose turn it is in a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.waiting import Said, waiting
from cases.vocabulary import Direction, MessageKind, WaitingFor

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def said(kind: MessageKind, minute: int) -> Said:
    direction = Direction.IN if kind is MessageKind.REPORT else Direction.OUT
    return Said(direction, kind, NOON + timedelta(minutes=minute))


REPORT, REPLY, ANSWER = MessageKind.REPORT, MessageKind.REPLY, MessageKind.ANSWER


@pytest.mark.parametrize(
    ("kinds", "referred", "turn", "minute"),
    [
        ((REPORT,), None, WaitingFor.US, 0),
        ((REPORT, REPORT, REPORT), None, WaitingFor.US, 0),
        ((REPORT, REPLY, REPORT, REPORT), None, WaitingFor.US, 2),
        ((REPORT, ANSWER), None, WaitingFor.US, 0),
        ((REPORT, REPLY), None, WaitingFor.REPORTER, 1),
        ((REPORT, REPLY), 30, WaitingFor.AGENCY, 30),
        ((REPORT,), 30, WaitingFor.US, 0),
        ((), None, WaitingFor.US, -5),
    ],
)
def test_whose_turn_it_is(
    kinds: tuple[MessageKind, ...], referred: int | None, turn: WaitingFor, minute: int
) -> None:
    newest_first = [said(kind, minute) for minute, kind in enumerate(kinds)][::-1]
    found = waiting(
        newest_first,
        opened_at=NOON - timedelta(minutes=5),
        referred_at=None if referred is None else NOON + timedelta(minutes=referred),
    )

    assert (found.turn, found.since) == (turn, NOON + timedelta(minutes=minute))


def test_a_flood_says_that_it_may_be_longer() -> None:
    newest_first = [said(REPORT, minute) for minute in range(60)][::-1]

    assert waiting(newest_first, opened_at=NOON, referred_at=None, cut_off=True).or_longer
    answered = [*newest_first, said(REPLY, -1)]
    assert not waiting(answered, opened_at=NOON, referred_at=None, cut_off=True).or_longer


@given(st.lists(st.sampled_from([REPORT, REPLY, ANSWER]), max_size=20))
def test_a_message_behind_the_last_answer_is_always_our_turn(kinds: list[MessageKind]) -> None:
    newest_first = [said(kind, minute) for minute, kind in enumerate(kinds)][::-1]
    found = waiting(newest_first, opened_at=NOON, referred_at=None)

    answers = [number for number, kind in enumerate(kinds) if kind is REPLY]
    unanswered = [n for n, kind in enumerate(kinds) if kind is REPORT and (not answers or n > answers[-1])]
    assert (found.turn is WaitingFor.US) == (bool(unanswered) or not answers)
    if unanswered:
        assert found.since == NOON + timedelta(minutes=unanswered[0])
