"""The gate: whatever the plan, nothing forbidden passes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.contact_safety import (
    MOST_ANSWERS,
    NOTHING_KNOWN,
    Destination,
    Plan,
    betraying_words,
    judge_contact,
    narrowed,
)
from cases.rules.safe_hours import Span, is_safe_at
from cases.vocabulary import Channel, ContactPermission, ContactSign, HoldReason, PhoneHolder, Purpose

NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
NEUTRAL, BETRAYING = "halo kak, apa kabar?", "kasus kakak sudah di KBRI"

spans = st.builds(
    Span,
    days=st.integers(0, 6).map(lambda day: frozenset({day, (day + 1) % 7})),
    start=st.times().map(lambda t: time(t.hour, t.minute)),
    end=st.times().map(lambda t: time(t.hour, t.minute)),
)
plans = st.builds(
    Plan,
    reply=st.sampled_from(ContactPermission),
    call=st.sampled_from(ContactPermission),
    signs=st.frozensets(st.sampled_from(ContactSign)),
    holder=st.sampled_from(PhoneHolder),
    channel=st.none() | st.sampled_from(Channel),
    hours=st.lists(spans, max_size=2).map(tuple),
    zone=st.sampled_from(["UTC", "Asia/Riyadh", "Asia/Jakarta", "America/New_York"]),
    in_duress=st.booleans(),
)
destinations = st.builds(
    Destination,
    channel=st.sampled_from(Channel),
    opted_out=st.booleans(),
    in_doubt=st.booleans(),
    answers_lately=st.integers(0, MOST_ANSWERS + 2),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(plans, destinations, st.sampled_from(Purpose), st.sampled_from([None, NEUTRAL, BETRAYING]), moments)
def test_nothing_forbidden_passes(
    plan: Plan, destination: Destination, purpose: Purpose, body: str | None, now: datetime
) -> None:
    verdict = judge_contact(plan, destination, purpose=purpose, body=body, now=now)

    if verdict.reason is not None and verdict.until is None:
        return
    assert not destination.opted_out
    assert plan.reply is not ContactPermission.FORBIDDEN
    assert ContactSign.DO_NOT_REPLY not in plan.signs
    assert plan.channel in {None, destination.channel}
    if purpose is not Purpose.REPLY:
        assert plan.reply is ContactPermission.ALLOWED
        assert not (plan.in_duress or destination.in_doubt)
        assert destination.answers_lately < MOST_ANSWERS
    if body == BETRAYING:
        assert plan.reply is ContactPermission.ALLOWED
        assert not (plan.is_watched or plan.in_duress or destination.in_doubt)
    if verdict.reason is None and purpose is not Purpose.ANSWER:
        assert is_safe_at(plan.hours, plan.zone, now)
    if verdict.until is not None:
        assert verdict.until > now
        assert is_safe_at(plan.hours, plan.zone, verdict.until)


@given(plans, destinations, st.sampled_from(Purpose), moments, st.frozensets(st.sampled_from(ContactSign)))
def test_her_own_words_never_open_what_was_shut(
    plan: Plan, destination: Destination, purpose: Purpose, now: datetime, signs: frozenset[ContactSign]
) -> None:
    before = judge_contact(plan, destination, purpose=purpose, body=BETRAYING, now=now)
    after = judge_contact(narrowed(plan, signs), destination, purpose=purpose, body=BETRAYING, now=now)

    assert not before.is_held or after.is_held


def test_a_stranger_gets_no_word_from_the_machine_and_neutral_ones_from_an_officer() -> None:
    there = Destination(Channel.WHATSAPP)

    for purpose in (Purpose.ANSWER, Purpose.NOTICE):
        verdict = judge_contact(NOTHING_KNOWN, there, purpose=purpose, body=None, now=NIGHT)
        assert verdict.reason is HoldReason.NOTHING_KNOWN
    assert judge_contact(NOTHING_KNOWN, there, purpose=Purpose.REPLY, body=NEUTRAL, now=NIGHT).reason is None
    refused = judge_contact(NOTHING_KNOWN, there, purpose=Purpose.REPLY, body=BETRAYING, now=NIGHT)
    assert (refused.reason, refused.words) == (HoldReason.BETRAYING_WORDS, ("kasus", "kbri"))


def test_outside_her_hours_a_reply_waits_and_an_answer_to_her_does_not() -> None:
    plan = Plan(
        reply=ContactPermission.ALLOWED,
        hours=(Span(frozenset(range(7)), time(20), time(21)),),
        zone="Asia/Riyadh",
    )
    there = Destination(Channel.SMS)
    noon = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    reply = judge_contact(plan, there, purpose=Purpose.REPLY, body=NEUTRAL, now=noon)
    answer = judge_contact(plan, there, purpose=Purpose.ANSWER, body=None, now=noon)

    assert reply.until == noon + timedelta(hours=8)
    assert not reply.is_held
    assert answer.reason is None


def test_words_are_found_in_any_case_and_only_as_whole_words() -> None:
    assert betraying_words("Kata KBRI: Kasus!") == ("kbri", "kasus")
    assert betraying_words("kasur dan brikasus") == ()
