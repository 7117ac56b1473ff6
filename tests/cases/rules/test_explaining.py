"""Officers are shown words that mean something: whole words, no particles, no fragments."""

import re

import pytest

from cases.rules.function_words import FUNCTION_WORDS, tells
from cases.rules.tokens import folded
from cases.rules.triage import triage
from cases.vocabulary import Urgency
from escalation.services.load_triage import load_triage
from escalation.services.train_triage import read_training

CLASSIFIER = load_triage()
MESSAGES = [row for row in read_training()[::4] if row.urgency is not Urgency.U4]


def test_no_shown_word_is_a_particle_or_a_piece_of_a_word():
    for row in MESSAGES:
        answer = triage(row.text, CLASSIFIER, country=row.country)
        for one in answer.evidence:
            shown = row.text[one.start : one.end]
            assert not re.search(r"[A-Za-z]$", row.text[: one.start]) or not shown[0].isalpha(), shown
            assert not re.match(r"[A-Za-z]", row.text[one.end :]) or not shown[-1].isalpha(), shown
            words = folded(shown)
            if len(answer.evidence) > 1 and len(words) == 1 and one.urgency is answer.urgency:
                assert words[0] not in FUNCTION_WORDS, (shown, row.text)


def test_nearly_every_grave_level_is_explained():
    grave = [
        (row, answer)
        for row in MESSAGES
        if (answer := triage(row.text, CLASSIFIER, country=row.country)).urgency in (Urgency.U1, Urgency.U2)
    ]

    explained = sum(any(one.urgency is answer.urgency for one in answer.evidence) for _, answer in grave)

    assert explained / len(grave) >= 0.97


@pytest.mark.parametrize("word", ["td", "dia", "susu", "ga", "skrg", "ya", "yg", "x", "5", "ke"])
def test_these_tell_nothing_alone(word: str):
    assert not tells(word)


def test_a_denial_is_shown_with_what_it_denies():
    text = "sudah tiga hari saya ga dikasih makan di gudang"

    answer = triage(text, CLASSIFIER)

    assert any("ga dikasih makan" in text[one.start : one.end] for one in answer.evidence)
