"""Guesses at what a body is: marked where they hold, absent where they do not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.message_form import Part, decoded_guess, part_of, signs_of

LONG = "tolong saya disekap majikan di Riyadh, paspor saya diambil dan saya tidak boleh keluar"


@pytest.mark.parametrize("words", [LONG, LONG + " 請幫忙", "請幫忙我被鎖在家裡" * 4, "আমাকে সাহায্য করুন " * 5])
def test_words_in_base64_are_read(words: str) -> None:
    assert decoded_guess(base64.b64encode(words.encode()).decode()) == words


@pytest.mark.parametrize(
    "body",
    [
        "",
        LONG,
        "a" * 60,
        "A" * 59,
        *(base64.b64encode(raw).decode() for raw in (b"pendek", bytes(range(256)))),
    ],
)
def test_other_words_are_left_alone(body: str) -> None:
    assert decoded_guess(body) is None


@given(st.text())
def test_no_body_breaks_it(body: str) -> None:
    decoded_guess(body)
    part_of(body)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("(2/3) saya di", Part(2, 3)), ("2/3 saya di", Part(2, 3)), ("[1/2] a", Part(1, 2)), ("1/2: a", Part(1, 2)),
        ("24/7 di rumah", None), ("3/2 a", None), ("1/1 a", None), ("17/8/2026 saya", None), ("halo 1/2", None),
    ],
)  # fmt: skip
def test_a_numbered_part_is_seen(body: str, part: Part | None) -> None:
    assert part_of(body) == part


def test_each_thing_has_a_sign() -> None:
    assert signs_of({"call": {"status": "busy"}}) == "📞"
    assert signs_of({"media": {"count": 1}, "contact_card": True}) == "📎👤"
    assert signs_of(None) == signs_of({}) == ""
