"""Names as they are heard, numbers half read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.likeness import digits_in, folded, is_like


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Aminah", "Amina"), ("siti aminah", "Siti  Amina binti Contoh"), ("Sukarni", "Soekarni"),
        ("Djuwita", "Juwita"), ("Sarifa", "Syarifah"), ("Yuliana", "Juliana"), ("lastri", "Sulastri"),
        ("contoh amina", "Amina Contoh"), ("Ami", "Amina"),
    ],
)  # fmt: skip
def test_one_person_in_many_spellings(wanted: str, name: str) -> None:
    assert is_like(folded(wanted), name)


@pytest.mark.parametrize(
    ("wanted", "name"), [("Amina", "Rahmat"), ("Siti Amina", "Siti"), ("", "Amina"), ("Ani", "Budi")]
)
def test_others_are_others(wanted: str, name: str) -> None:
    assert not is_like(folded(wanted), name)


@given(st.text(max_size=40))
def test_everybody_is_like_themselves_and_nothing_fails(name: str) -> None:
    assert is_like(folded(name), name) == bool(folded(name))


@pytest.mark.parametrize(
    ("text", "digits"),
    [("…0101", "0101"), ("+966 00-00 01", "966000001"), ("123", None), ("rt12 1234", None), ("", None)],
)
def test_part_of_a_number(text: str, digits: str | None) -> None:
    assert digits_in(text) == digits
