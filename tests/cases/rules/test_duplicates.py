"""What makes two cases look like one matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.duplicates import Hint, Matter, company_name, compare, is_new, likeness, weight
from cases.vocabulary import CaseStatus, HintKind

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HERS = Matter(
    NOW, "SA", None, None, ("SEKAP",), "tolong adik saya disekap majikan di Riyadh tidak dikasih makan"
)


def kinds(one: Matter, other: Matter) -> set[HintKind]:
    return {hint.kind for hint in compare(one, other)}


def test_the_sister_tells_the_same_in_other_words() -> None:
    other = replace(HERS, words="Tolong!! adik sy disekap majikan di riyadh, tdk dikasih makan")
    assert kinds(HERS, other) == {HintKind.PLACE_AND_TIME, HintKind.NEAR_WORDS}


def test_the_same_country_in_the_same_hour_alone_weighs_nothing() -> None:
    other = replace(HERS, words="saya di jeddah belum digaji lima bulan dan disekap agensi")
    hints = compare(HERS, other)
    assert {hint.kind for hint in hints} == {HintKind.PLACE_AND_TIME}
    assert weight(hints) == 0


def test_the_same_regency_two_days_apart_is_a_hint_and_three_days_are_not() -> None:
    home = replace(HERS, country="ID", province_code="35", regency_code="35.07")
    later = replace(home, opened_at=NOW + timedelta(hours=47), words="lain")
    assert weight(compare(home, later)) > 0
    assert compare(home, replace(later, opened_at=NOW + timedelta(hours=73))) == []


def test_short_words_are_everybodys() -> None:
    assert likeness("tolong saya", "tolong saya") == 0


def test_a_company_is_found_however_it_is_written() -> None:
    assert company_name("PT. Contoh Jaya") == company_name("contoh  jaya, PT") == "contoh jaya"
    assert company_name("PT") == "pt"


def test_a_handled_case_is_new_for_three_days() -> None:
    assert is_new(CaseStatus.NEW, NOW - timedelta(days=30), NOW)
    assert is_new(CaseStatus.OPEN, NOW - timedelta(days=2), NOW)
    assert not is_new(CaseStatus.OPEN, NOW - timedelta(days=4), NOW)
    assert not is_new(CaseStatus.CLOSED, NOW, NOW)


@given(one=st.text(max_size=80), other=st.text(max_size=80))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)


@given(kind=st.sampled_from(list(HintKind)), more=st.sampled_from(list(HintKind)))
def test_a_further_reason_never_weighs_less(kind: HintKind, more: HintKind) -> None:
    assert weight([Hint(kind, "SA"), Hint(more, "SA")]) >= weight([Hint(kind, "SA")])
