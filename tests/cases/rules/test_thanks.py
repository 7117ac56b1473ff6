"""Thanks alone open nothing again; anything beside them does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.thanks import is_content, is_thanks

THANKS = (
    "terima kasih", "Terima kasih banyak ya kak 🙏", "makasih kak", "MAKASIH", "makasiiih kakak", "ok",
    "oke kak", "siap", "thanks", "thank you so much", "matur nuwun", "Matur nuwun sanget mbak",
    "hatur nuhun pisan teh", "sakalangkong", "tengkyu", "🙏", "👍🏽", "🙏🙏🙏", "❤️", "suwun mas", "tq",
    "ok makasih", "trims pak", "sama-sama", "terimakasih banyak bu.",
)  # fmt: skip
OTHERS = (
    "terima kasih tapi gaji belum dibayar", "makasih kak, saya masih dikunci", "ok tolong", "ya", "tidak",
    "1", "halo", "makasih?", "😭", "🆘", "🙏😭", "", "   ", "p", "belum", "terima kasih belum selesai",
    "ok 1", "kak", "makasih saya takut", "terima kasih sudah bohong", "tolong", "baik",
    "matur nuwun nanging durung", "batal", "pulsa 10", "...",
)  # fmt: skip


@pytest.mark.parametrize("words", THANKS)
def test_thanks_alone(words: str) -> None:
    assert is_thanks(words)
    assert is_content(words)


@pytest.mark.parametrize("words", OTHERS)
def test_more_than_thanks_or_none(words: str) -> None:
    assert not is_thanks(words)


def test_what_comes_with_a_picture_or_a_place_is_no_thanks() -> None:
    assert not is_thanks("makasih", {"media": {"count": 1, "types": ["image/jpeg"]}})
    assert not is_thanks("makasih", {"location": {"latitude": 1}})
    assert not is_thanks("makasih", {"something_new": True})
    assert is_thanks("makasih", {"username": "amina", "came": {"by": "spool"}})


@pytest.mark.parametrize("words", ["y", "ya", "sudah kak", "sudah beres, makasih", "wis rampung"])
def test_yes_to_the_question_whether_it_is_solved(words: str) -> None:
    assert is_content(words)
    assert not is_thanks(words)


@pytest.mark.parametrize("words", ["t", "belum", "belum beres", "sudah tapi belum semua", "tidak"])
def test_no_to_the_question_whether_it_is_solved(words: str) -> None:
    assert not is_content(words)


@given(st.sampled_from(THANKS), st.text(min_size=1, max_size=12))
def test_a_word_of_none_of_the_lists_beside_thanks_is_heard(thanks: str, more: str) -> None:
    assert not is_thanks(f"{thanks} xqz{more}")
