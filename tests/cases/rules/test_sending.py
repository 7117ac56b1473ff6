"""How messages leave: rates, gaps, deadlines, and the waits of a broken way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.segments import count_segments
from cases.rules.sending import (
    Circuit,
    Priority,
    Rate,
    Sending,
    ToOne,
    is_too_old,
    next_in_rate,
    next_to_one,
    priority_of,
    wait_before_probe,
)
from cases.vocabulary import Channel, MessageKind, Purpose, Urgency
from escalation.services.load_sending import load_sending, with_rates

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
TO_ONE = ToOne(
    apart=timedelta(seconds=1),
    most=10,
    within=timedelta(seconds=60),
    pages_apart=timedelta(seconds=15),
    most_named=3,
)
CIRCUIT = Circuit(
    5, timedelta(seconds=10), timedelta(minutes=2), timedelta(seconds=30), timedelta(seconds=20)
)


@given(
    rate=st.integers(1, 200),
    burst=st.integers(1, 400),
    units=st.lists(st.integers(1, 10), min_size=1, max_size=200),
)
def test_no_window_of_time_holds_more_than_burst_and_rate(rate: int, burst: int, units: list[int]) -> None:
    limit, free_at = Rate(rate, burst), None
    sent: list[tuple[datetime, int]] = []
    for number in units:
        at, free_at = next_in_rate(limit, free_at=free_at, units=number, now=NOW)
        sent.append((at, number))

    for start, (begins, _) in enumerate(sent):
        for end in range(start, len(sent)):
            seconds = (sent[end][0] - begins).total_seconds()
            went = sum(number for _, number in sent[start : end + 1])
            # One message may always go, however long; hence its own units on top.
            assert went <= burst + rate * seconds + max(units) + 1e-3


@given(rate=st.integers(1, 200), pause=st.integers(0, 3600))
def test_a_sender_that_rested_may_burst_again_and_never_waits_for_nothing(rate: int, pause: int) -> None:
    limit = Rate(rate, rate * 2)
    _, free_at = next_in_rate(limit, free_at=None, units=rate * 2, now=NOW)
    later = NOW + timedelta(seconds=2 + pause)

    at, _ = next_in_rate(limit, free_at=free_at, units=1, now=later)

    assert at == later


@given(st.lists(st.integers(0, 120), max_size=40))
def test_what_is_urgent_never_waits_for_its_recipient(ages: list[int]) -> None:
    sent_at = [NOW - timedelta(seconds=age) for age in ages]

    assert next_to_one(TO_ONE, sent_at=sent_at, is_page=True, is_urgent=True, now=NOW) is None


@given(st.lists(st.integers(0, 120), max_size=40), st.booleans())
def test_a_wait_for_a_recipient_ends(ages: list[int], is_page: bool) -> None:
    sent_at = [NOW - timedelta(seconds=age) for age in ages]

    at = next_to_one(TO_ONE, sent_at=sent_at, is_page=is_page, is_urgent=False, now=NOW)

    if at is not None:
        assert NOW < at <= NOW + TO_ONE.within
        assert at >= max(sent_at) + (TO_ONE.pages_apart if is_page else TO_ONE.apart)
        assert next_to_one(TO_ONE, sent_at=sent_at, is_page=is_page, is_urgent=False, now=at) is None


def test_ten_in_a_minute_and_then_no_more() -> None:
    sent_at = [NOW - timedelta(seconds=50 - number) for number in range(10)]

    at = next_to_one(TO_ONE, sent_at=sent_at, is_page=False, is_urgent=False, now=NOW)

    assert at == NOW + timedelta(seconds=10)


def test_a_way_found_broken_again_is_asked_less_often() -> None:
    waits = [wait_before_probe(CIRCUIT, times) for times in range(1, 100)]

    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=2)


def test_a_life_in_danger_goes_before_words_and_words_before_notices() -> None:
    page = [
        priority_of(MessageKind.PAGE, parameters={"urgency": level.value})
        for level in (Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4)
    ]

    assert page == [Priority.NOW, Priority.URGENT, Priority.DUTY, Priority.DUTY]
    assert priority_of(MessageKind.REPLY, purpose=Purpose.REPLY) is Priority.DUTY
    assert priority_of(MessageKind.ANSWER, purpose=Purpose.ANSWER) is Priority.CONVERSATION
    assert priority_of(MessageKind.NUDGE, purpose=Purpose.NOTICE) is Priority.NOTICE


def test_the_shipped_table_has_a_deadline_for_all_that_goes_out() -> None:
    sending = load_sending()
    incoming = {MessageKind.REPORT, MessageKind.CALL, MessageKind.COMMAND}

    assert set(sending.deadlines) == set(MessageKind) - incoming
    assert set(sending.rates) == {Channel.SMS, Channel.WHATSAPP, Channel.CALL}
    page = sending.deadlines[MessageKind.PAGE]
    assert not is_too_old(sending, MessageKind.PAGE, NOW - page, NOW)
    assert is_too_old(sending, MessageKind.PAGE, NOW - page - timedelta(seconds=1), NOW)
    assert not is_too_old(Sending(), MessageKind.PAGE, NOW - timedelta(days=9), NOW)


def test_the_accounts_own_rate_goes_before_the_shipped_one() -> None:
    own = with_rates(load_sending(), {Channel.SMS: 100})

    assert own.rates[Channel.SMS] == Rate(100, 200)
    assert own.rates[Channel.WHATSAPP] == load_sending().rates[Channel.WHATSAPP]


def test_segments_are_counted_as_carriers_count_them() -> None:
    """Figures of the Twilio notes: 160 → 1, 161 → 2, 307 → 3; 70 Han → 1, 71 → 2; 36 emoji → 2; 1600 Han → 24."""
    texts = ["a" * 160, "a" * 161, "a" * 307, "阿" * 70, "阿" * 71, "😀" * 36, "阿" * 1600, "€" * 81, ""]

    assert [count_segments(text) for text in texts] == [1, 2, 3, 1, 2, 2, 24, 2, 1]
