"""Whatever is typed, the shipped classifier answers, and what it shows stands in the text."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cases.rules.triage import raised, triage
from cases.vocabulary import ReasonKind, Urgency
from escalation.services.load_triage import load_triage

CLASSIFIER = load_triage()
WORDS = [
    "saya", "ga", "tidak", "dipukul", "dikunci", "hp", "disita", "gaji", "dibayar", "5", "bln", "mati", "majikan",
    "pisau", "takut", "dulu", "wkwk", "sudah", "makan", "dikasih", "help", "beaten", "Riyadh", "istri", "jgn", "tlp",
    "!", "?", "\n", "😭", "bunuh", "diri", "lompat", "lantai", "paspor", "besok", "anak", "darah", "gabisa", "pukul2",
]  # fmt: skip
chatter = st.lists(st.sampled_from(WORDS), max_size=90).map(" ".join)
anything = st.text(max_size=300)


@settings(deadline=None)
@given(anything | chatter)
@example("")
@example("\0")
@example("🆘" * 50)
@example("\ud800")
@example("²2' ’ ' 2²")
@example("\u200f\u202eمساعدة\u202c")
def test_any_text_gets_an_answer_whose_evidence_stands_in_it(text: str):
    answer = triage(text, CLASSIFIER)

    assert answer.urgency in Urgency
    assert answer.categories
    assert len(set(answer.categories)) == len(answer.categories)
    assert all(0 <= one.start < one.end <= len(text) for one in answer.evidence)
    assert all(one.end <= other.start for one, other in pairwise(answer.evidence))


@settings(deadline=None)
@given(chatter)
def test_no_evidence_is_graver_than_the_judgement(text: str):
    answer = triage(text, CLASSIFIER)

    shown = [one.urgency for one in answer.evidence if one.urgency and not one.negated]
    assert not any(level.is_above(answer.urgency) for level in shown)


@settings(deadline=None)
@given(chatter, st.sampled_from(["SA", "MY", None]))
def test_the_same_words_get_the_same_answer(text: str, country: str | None):
    assert triage(text, CLASSIFIER, country=country) == triage(text, CLASSIFIER, country=country)


@settings(deadline=None)
@given(chatter, st.sampled_from(list(Urgency)))
def test_on_a_case_it_may_only_raise(text: str, current: Urgency):
    assert not current.is_above(raised(current, triage(text, CLASSIFIER).urgency))


@settings(deadline=None)
@given(chatter)
def test_letters_of_any_size_say_the_same(text: str):
    assert triage(text.upper(), CLASSIFIER).urgency is triage(text, CLASSIFIER).urgency


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("sy d kunci majikan gk dksh mkn", "saya dikunci majikan tidak dikasih makan"),
        ("toloooong sayaaa dipukul", "tolong saya dipukul"),
        ("aku dpukul2 trus", "aku dipukul-pukul terus"),
        ("gaji blm dbyar 5bln", "gaji belum dibayar 5 bulan"),
    ],
)
def test_chat_spellings_are_judged_as_their_words(written: str, plain: str):
    assert triage(written, CLASSIFIER).urgency is triage(plain, CLASSIFIER).urgency


def test_one_line_of_danger_in_a_long_polite_text_is_found():
    text = "assalamualaikum ibu apa kabar, di sini cuaca baik sekali. " * 12
    text += "tadi malam tuan masuk kamar saya dan memaksa saya, saya berdarah. " + text

    answer = triage(text, CLASSIFIER)

    assert answer.urgency in (Urgency.U1, Urgency.U2)


@pytest.mark.parametrize(
    "text",
    [
        "saya disekap majikan",
        "aku mau bunuh diri",
        "mau dibunuh majikan",
        "tolong saya disekap",
        "saya diperkosa majikan",
        "dek dipaehan ku dunungan",
        "arep dipateni juragan, tulung",
    ],
)
def test_a_short_cry_is_believed(text: str):
    assert triage(text, CLASSIFIER).urgency is Urgency.U1


def test_what_reaches_an_emergency_is_one_though_no_milder_level_is_reached():
    assert triage(
        "tolong saya disekap majikan di rumahnya sudah dua minggu lebih bu", CLASSIFIER
    ).urgency in (
        Urgency.U1,
        Urgency.U2,
    )


def test_it_says_why_in_words_of_the_message():
    text = "tolong saya dikurung majikan tiga hari tidak dikasih makan minum"

    answer = triage(text, CLASSIFIER)

    assert answer.urgency is Urgency.U1
    assert answer.reason is not None
    assert answer.reason.kind in ReasonKind
    spoke = [text[one.start : one.end] for one in answer.evidence if one.urgency is Urgency.U1]
    assert any("makan" in words for words in spoke)


@pytest.mark.parametrize(
    "text",
    [
        "hp sy mati td malam",
        "capek mati hari ini wkwk",
        "nasi gorengnya enak banget, harganya murah",
        "Selamat! Nomor anda menang undian, hubungi kami segera",
        "mau nanya syarat perpanjang paspor bu",
        "jam berapa konsulat buka hari minggu",
    ],
)
def test_harmless_messages_wake_nobody(text: str):
    assert triage(text, CLASSIFIER).urgency not in (Urgency.U1, Urgency.U2)
