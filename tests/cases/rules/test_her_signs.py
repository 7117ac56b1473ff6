"""Codes, secret words, answers of one letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.codes import Code
from cases.rules.questions import ORDER, Answer, Question, meaning_of, next_question, read_answer, read_hour
from cases.rules.secret_words import gives_word
from cases.vocabulary import Urgency
from escalation.services.load_codes import load_codes


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("1", "SA", Code.DANGER_NOW),
        (" 1. ", None, Code.DANGER_NOW),
        ("Isi  PULSA 10", "HK", Code.DANGER_NOW),
        ("octopus 10", "HK", Code.DANGER_NOW),
        ("octopus 10", "SA", None),
        ("BERHENTI", "SA", Code.STOP),
        ("STOP!", None, Code.STOP),
        ("tolong stop dia memukul saya", None, None),
        ("11", None, None),
        ("", None, None),
    ],
)
def test_a_code_is_the_whole_message(text: str, country: str | None, code: Code | None) -> None:
    assert load_codes().read(text, country) is code


@given(st.text(min_size=20))
def test_long_words_are_never_a_code(text: str) -> None:
    if len(text.strip()) > 30:
        assert load_codes().read(text, "SA") is None


@pytest.mark.parametrize(
    ("text", "word", "given_it"),
    [
        ("Eh, gimana kabar mangga MUDA di rumah?", "mangga muda", True),
        ("mangga, muda", "Mangga muda", True),
        ("mangga yang muda", "mangga muda", False),
        ("semangga muda", "mangga muda", False),
        ("apa saja", "", False),
        ("apa saja", None, False),
    ],
)
def test_a_secret_word_is_found_however_it_is_written(text: str, word: str | None, given_it: bool) -> None:
    assert gives_word(text, word) is given_it


@pytest.mark.parametrize("text", ["y", "Ya", "IYA.", "👍🏽", "nggih", "muhun", "enggi"])
def test_yes_in_every_language(text: str) -> None:
    assert read_answer(Question.SAFE, text) is Answer.YES


@pytest.mark.parametrize("text", ["t", "Tdk", "nggak", "👎", "mboten", "henteu", "bunten", "tak"])
def test_no_in_every_language(text: str) -> None:
    assert read_answer(Question.SAFE, text) is Answer.NO


@pytest.mark.parametrize("text", ["ya tapi saya takut", "tolong", "1", ""])
def test_free_words_are_no_answer(text: str) -> None:
    assert read_answer(Question.SAFE, text) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("jam 9 malam", "21:00-22:00"),
        ("21.30", "21:30-22:30"),
        ("pukul 12 malam", "00:00-01:00"),
        ("jam 1 siang", "13:00-14:00"),
        ("jam 6 pagi", "06:00-07:00"),
        ("besok", None),
        ("99", None),
    ],
)
def test_a_time_she_names(text: str, hours: str | None) -> None:
    assert read_hour(text) == hours


def test_the_most_dangerous_is_asked_first_and_each_once() -> None:
    answers: dict[str, str] = {}
    asked = []
    while (question := next_question(answers)) is not None:
        asked.append(question)
        answers[question.value] = "yes"
    assert tuple(asked) == ORDER
    assert asked[0] is Question.SAFE


def test_locked_in_without_food_is_u1() -> None:
    locked_in = {Question.FREE.value: Answer.NO.value}

    assert meaning_of(Question.FOOD, Answer.NO, locked_in).urgency is Urgency.U1
    assert meaning_of(Question.FOOD, Answer.NO, {}).urgency is Urgency.U2
    assert meaning_of(Question.SAFE, Answer.NO, {}).urgency is Urgency.U1
