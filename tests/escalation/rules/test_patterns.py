"""When cases gather."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cases.vocabulary import Urgency
from escalation.rules.patterns import LinkedCase, PatternRule, gathered, is_news
from escalation.services.load_patterns import load_patterns

START = datetime(2029, 1, 1, tzinfo=UTC)
THREE = PatternRule("three", 3, timedelta(days=90), Urgency.U4, "test")
TWO_U1 = PatternRule("two", 2, timedelta(days=365), Urgency.U1, "test")


def case(number: int, day: int, urgency: Urgency = Urgency.U3) -> LinkedCase:
    return LinkedCase(UUID(int=number), START + timedelta(days=day), urgency)


def test_three_within_ninety_days_gather_and_the_one_long_before_does_not_belong() -> None:
    cases = [case(1, 0), case(2, 200), case(3, 250), case(4, 290)]

    assert gathered(cases, THREE) == {UUID(int=2), UUID(int=3), UUID(int=4)}
    assert gathered(cases[:3], THREE) == frozenset()
    assert gathered([case(1, 0), case(2, 45), case(3, 91)], THREE) == frozenset()
    assert gathered([case(1, 0), case(2, 45), case(3, 90)], THREE) != frozenset()


def test_only_the_urgency_that_was_asked_for_counts() -> None:
    cases = [case(1, 0, Urgency.U1), case(2, 10, Urgency.U2), case(3, 20, Urgency.U1)]

    assert gathered(cases, TWO_U1) == {UUID(int=1), UUID(int=3)}
    assert gathered(cases[:2], TWO_U1) == frozenset()


def test_the_same_set_is_no_news_and_a_larger_one_is() -> None:
    assert not is_news({1, 2}, [{1, 2, 3}])  # type: ignore[arg-type, list-item]
    assert not is_news({1, 2, 3}, [{1, 2}, {3}])  # type: ignore[arg-type, list-item]
    assert is_news({1, 2, 4}, [{1, 2, 3}])  # type: ignore[arg-type, list-item]
    assert not is_news(set(), [])


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(list(Urgency))), max_size=12))
def test_whoever_is_in_has_enough_beside_it(seen: list[tuple[int, Urgency]]) -> None:
    cases = [case(number, day, urgency) for number, (day, urgency) in enumerate(seen)]
    for rule in (THREE, TWO_U1):
        found = gathered(cases, rule)
        counting = [one for one in cases if one.urgency.value <= rule.urgency.value]
        for one in counting:
            # Brute force: some stretch that begins with a case holds this one and enough others.
            enough = any(
                start.opened_at <= one.opened_at <= start.opened_at + rule.within
                and sum(
                    start.opened_at <= other.opened_at <= start.opened_at + rule.within for other in counting
                )
                >= rule.cases
                for start in counting
            )
            assert (one.id in found) is enough


def test_the_shipped_thresholds_are_dated_and_name_their_source() -> None:
    table = load_patterns()

    assert table.version.startswith("patterns-2")
    assert {rule.key for rule in table.rules} == {"many_cases", "repeated_danger"}
    assert all(rule.source for rule in table.rules)
