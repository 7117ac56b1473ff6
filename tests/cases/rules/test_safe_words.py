"""Words that may go to many phones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.contact_safety import BETRAYING_WORDS
from cases.rules.safe_words import unsafe_parts


@pytest.mark.parametrize(
    "text",
    [
        "KBRI sudah datang", "Laporan kakak kami terima", "lihat https://example.org/x", "buka example.com ya",
        "telp 0812 3456 789", "+966-000-000-101", "nomor TRC-2611-00001X", "tulis ke a@example.org", "PM-2611-0001",
    ],
)  # fmt: skip
def test_what_betrays_is_named(text: str) -> None:
    assert unsafe_parts(text)


@pytest.mark.parametrize(
    "text", ["Kak, pesanannya sudah siap ya.", "Besok jam 7 ada kabar.", "Hi sis, 2 days more"]
)
def test_a_shop_may_say_so(text: str) -> None:
    assert unsafe_parts(text) == ()


@given(st.sampled_from(sorted(BETRAYING_WORDS)), st.text(alphabet="abc ,.!", max_size=10), st.booleans())
def test_no_case_and_no_sign_around_hides_a_word(word: str, around: str, upper: bool) -> None:
    assert unsafe_parts(f"{around} {word.upper() if upper else word} {around}")
