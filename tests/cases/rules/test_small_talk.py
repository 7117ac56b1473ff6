"""Messages of a word or two that ask for nothing, and those that cry for help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.small_talk import is_cry, is_small_talk
from cases.rules.tokens import tokenise
from cases.rules.triage import triage
from cases.vocabulary import Category, Urgency
from escalation.services.load_triage import load_triage

BARE = [
    "saya", "Saya", "sy", "aku", "halo", "Halo pak", "pak", "bu", "test", "tes", "p", "P", "PING", "hai", "hi", "ok",
    "ya", "iya", "selamat pagi", "assalamualaikum", "Assalamu'alaikum wr wb", "terima kasih", "makasih min",
    "saya pak", "pak saya", "saya mau", "kulo", "abdi", "sengko'", "halooo", "pagi bu", "ini saya", "mbak 🙏",
]  # fmt: skip
CRIES = ["help", "HELP!!", "pls help", "help me", "tolong", "tolong pak", "toloooong", "tlng", "tulungi kulo"]


@pytest.mark.parametrize("text", BARE)
def test_a_greeting_is_no_danger(text: str) -> None:
    judged = triage(text, load_triage())

    assert judged.urgency is Urgency.U4
    assert judged.categories == (Category.INFO,)
    assert judged.contact_signs == frozenset()


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_without_a_reason_is_an_emergency(text: str) -> None:
    assert triage(text, load_triage()).urgency in (Urgency.U1, Urgency.U2)


@pytest.mark.parametrize(
    "text", ["tidak", "saya takut", "saya dikurung", "pak dipukul", "saya mau mati", "tolong", "help", "🔪"]
)
def test_what_may_mean_danger_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(tokenise(text))


@given(st.text(max_size=60))
def test_nothing_is_both(text: str) -> None:
    words = tokenise(text)

    assert not (is_small_talk(words) and is_cry(words))
