"""Which language a message is in, as far as its small words tell."""

import pytest

from cases.rules.language import UNKNOWN, guess_language
from cases.rules.tokens import folded


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("saya mau tanya soal paspor yang sudah habis", "id"),
        ("aku arep mulih nanging durung oleh karo bosku", "jv"),
        ("abdi hoyong uih kumaha carana teh", "su"),
        ("sengko' terro mole polana ta' bada pesse", "mad"),
        ("tiang mele uleq ndek araq kepeng", "sas"),
        ("saya nak balik kampung tapi permit takde macam mana encik", "ms"),
        ("please help me I want to go home", "en"),
        ("أريد العودة إلى بلدي", "ar"),
        ("我想回家", "zh"),
        ("집에 가고 싶어요", "ko"),
    ],
)
def test_small_words_tell_the_language(text: str, language: str):
    assert guess_language(folded(text)) == language


@pytest.mark.parametrize("text", ["", "😭😭", "123 456", "mwen bezwen manje"])
def test_what_cannot_be_told_is_undetermined(text: str):
    assert guess_language(folded(text)) == UNKNOWN


def test_a_listed_regional_word_decides():
    assert guess_language(["epokol"], {"epokol": "mad"}) == "mad"
