"""Who hides their number is nobody in particular."""

from __future__ import annotations

import pytest

from cases.rules.hidden_numbers import is_hidden


@pytest.mark.parametrize(
    "caller",
    [
        "", "anonymous", "Anonymous", "+266696687", "266696687", "Restricted", "+7378742833", "unknown", "+1",
        "client:x", "BANK",
    ],
)  # fmt: skip
def test_it_knows_the_words_of_networks(caller: str) -> None:
    assert is_hidden(caller)


@pytest.mark.parametrize("caller", ["+966000000101", "+447700900123", "sip:sari@example.org"])
def test_a_number_is_somebody(caller: str) -> None:
    assert not is_hidden(caller)
