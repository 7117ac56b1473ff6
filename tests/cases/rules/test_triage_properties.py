"""Whatever is typed, triage answers, and its evidence can be pointed at. Judged by the shipped word list."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cases.rules.triage import triage
from cases.vocabulary import Urgency
from escalation.services.load_lexicon import load_classifier

LEXICON = load_classifier()
WORDS = [
    "saya", "ga", "tidak", "dipukul", "dikunci", "hp", "disita", "gaji", "dibayar", "5", "bln", "mati",
    "majikan", "2", "pisau", "takut", "di", "pukul", "sekarang", "dulu", "wkwk", "sudah", "makan", "dikasih",
    "help", "beaten", "Riyadh", "istri", "jgn", "tlp", "!", "\n", "😭", "mau", "bunuh", "diri", "lompat",
    "lantai", "kamar", "pintu", "paspor", "dipegang", "besok", "dibawa", "polisi", "anak", "darah", "hamil",
]  # fmt: skip
chatter = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
anything = st.text(max_size=300)


@given(anything | chatter)
@example("")
@example("\0")
@example("🆘" * 50)
@example("\ud800")
@example("²2' ’ ' 2²")
@example("\u200f\u202eمساعدة\u202c")
def test_any_text_gets_an_answer(text: str):
    answer = triage(text, LEXICON)

    assert answer.urgency in Urgency
    assert answer.categories


@given(anything | chatter)
def test_evidence_lies_in_order_without_overlap(text: str):
    evidence = triage(text, LEXICON).evidence

    assert all(0 <= one.start < one.end <= len(text) for one in evidence)
    assert all(one.end <= other.start for one, other in pairwise(evidence))


@settings(deadline=None)
@given(chatter)
def test_the_quoted_words_match_the_same_term(text: str):
    names = {combination.name for combination in LEXICON.combinations.combinations}

    for one in triage(text, LEXICON).evidence:
        if one.term not in names:
            again = triage(text[one.start : one.end], LEXICON).evidence
            assert one.term in [other.term for other in again]


@given(chatter)
def test_urgency_is_that_of_undenied_evidence(text: str):
    answer = triage(text, LEXICON)

    shown = [one.urgency for one in answer.evidence if one.urgency and not one.negated]
    assert answer.urgency is Urgency.worst(*shown)


@given(chatter, st.sampled_from(["SA", "MY", "HK", None]))
def test_the_same_words_get_the_same_answer(text: str, country: str | None):
    assert triage(text, LEXICON, country=country) == triage(text, LEXICON, country=country)


@given(chatter)
def test_letters_of_any_size_say_the_same(text: str):
    assert triage(text.upper(), LEXICON).urgency is triage(text, LEXICON).urgency


def test_a_very_long_text_is_judged_whole():
    text = "halo apa kabar " * 7000 + "saya disekap"

    answer = triage(text, LEXICON)

    assert answer.urgency is Urgency.U1
    assert text[answer.evidence[-1].start :] == "disekap"
