"""A word list judges: spellings, negation, false friends, combinations. The list here is the test's own."""

import pytest

from cases.rules.lexicon import Calm, Combination, Grammar, Group, LexiconTerm, Question, Settled
from cases.rules.lexicon_building import build_lexicon
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.rules.triage import Triage, triage
from cases.vocabulary import Category, ContactSign, Reporter, Urgency


@pytest.mark.parametrize(
    "text",
    [
        "saya dipukul",
        "SAYA DIPUKUL!!",
        "dipukuuuul",
        "sy dpukul",
        "di pukul",
        "dipukul2",
        "dipukul-pukul",
        "dipukulnya",
        "ｄｉｐｕｋｕｌ",
        "dip\u200bukul",
    ],
)
def test_chat_spellings_find_the_listed_word(text: str):
    assert judged(text).urgency is Urgency.U2


def test_a_doubled_word_is_shown_once():
    found = judged("terus dipukul2 majikan").evidence

    assert [(one.start, one.end) for one in found] == [(6, 14)]


def test_the_longest_term_takes_its_words():
    found = judged("gaji tidak dibayar").evidence

    assert [one.term for one in found] == ["gaji tidak dibayar"]


def test_evidence_points_into_the_text_received():
    text = "  Kak, GAK  dikasih   makan 😢"

    (found,) = judged(text).evidence

    assert text[found.start : found.end] == "GAK  dikasih   makan"
    assert found.term == "tidak dikasih makan"


@pytest.mark.parametrize("text", ["saya ga dipukul", "tidak pernah saya dipukul", "belum dipukul kok"])
def test_a_negation_before_cancels_a_term(text: str):
    answer = judged(text)

    assert answer.urgency is Urgency.U4
    assert answer.categories == (Category.INFO,)
    assert [one.negated for one in answer.evidence] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "tidak. saya dipukul",  # a stop
        "tidak ada orang lain yang lihat saya dipukul",  # too far
        "tidak salah tapi dipukul",  # a connecting word
        "tidak dikasih makan dipukul",  # spent by a term of its own
        "tidak kuat dipukul",  # cannot bear it
    ],
)
def test_a_negation_elsewhere_leaves_the_term(text: str):
    answer = judged(text)

    assert "dipukul" in [one.term for one in answer.evidence if not one.negated]


def test_a_term_holding_its_negation_stands():
    assert judged("gaji tdk dibayar").urgency is Urgency.U3


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("gaji tidak dibayar, tapi kemarin sudah lunas", Urgency.U4),
        ("sudah lunas utangnya, gaji tidak dibayar", Urgency.U3),
    ],
)
def test_wages_paid_since_then_are_settled(text: str, urgency: Urgency):
    assert judged(text).urgency is urgency


@pytest.mark.parametrize("text", ["hp mati", "hp ku mati dari tadi", "capek mati rasanya"])
def test_false_friends_take_words_and_show_nothing(text: str):
    answer = judged(text)

    assert answer.urgency is Urgency.U4
    assert answer.evidence == ()


def test_death_itself_is_still_seen():
    assert judged("hp mati, teman saya mati").categories == (Category.MENINGGAL,)


@pytest.mark.parametrize("text", ["majikan saya baik", "tolong kak"])
def test_plain_facts_raise_nothing(text: str):
    answer = judged(text)

    assert answer.urgency is Urgency.U4
    assert answer.evidence == ()


@pytest.mark.parametrize(
    ("text", "country", "urgency"),
    [
        ("saya kena huruf", "SA", Urgency.U3),
        ("saya kena huruf", "MY", Urgency.U4),
        ("saya kena huruf", None, Urgency.U4),
        ("saya kena huruf di riyadh", None, Urgency.U3),
    ],
)
def test_some_words_count_in_one_country(text: str, country: str | None, urgency: Urgency):
    assert triage(text, LEXICON, country=country).urgency is urgency


def test_parts_together_mean_more():
    answer = judged("dikunci di kamar, gak dikasih makan")

    assert answer.urgency is Urgency.U1
    assert answer.categories[0] is Category.SEKAP
    assert {one.urgency for one in answer.evidence} == {Urgency.U1}


def test_parts_far_apart_stay_apart():
    answer = judged("dikunci " + "lalu " * 30 + "gak dikasih makan")

    assert answer.urgency is Urgency.U2


def test_a_denied_part_completes_nothing():
    assert judged("tidak dikunci. gak dikasih makan").urgency is Urgency.U2


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("1 bln ga digaji", Urgency.U4),
        ("2 bln ga digaji", Urgency.U3),
        ("5bln ga digaji", Urgency.U3),
        ("rong sasi ga digaji", Urgency.U3),
        ("6 bulan ga digaji", Urgency.U2),
        ("setahun lebih, 1 tahun ga digaji", Urgency.U2),
        ("0812345678 bulan ga digaji", Urgency.U4),
    ],
)
def test_months_unpaid_decide_the_level(text: str, urgency: Urgency):
    assert judged(text).urgency is urgency


def test_several_categories_begin_with_the_gravest():
    answer = judged("gaji tidak dibayar, gaji tidak dibayar, dipukul")

    assert answer.categories == (Category.KEKERASAN_FISIK, Category.GAJI)


def test_equal_levels_are_led_by_count():
    answer = judged("dikunci, dipukul, dipukul")

    assert answer.categories == (Category.KEKERASAN_FISIK, Category.SEKAP)


def test_a_joke_is_held_down():
    answer = judged("tadi dipukul wkwkwk")

    assert answer.urgency is Urgency.U3


def test_a_joke_with_now_is_believed():
    assert judged("wkwkwk sekarang dipukul").urgency is Urgency.U2


def test_a_bare_question_is_held_down():
    answer = judged("kalau dipukul lapor ke mana?")

    assert answer.urgency is Urgency.U3
    assert answer.categories == (Category.KEKERASAN_FISIK,)


@pytest.mark.parametrize(
    "text",
    [
        "kalau dipukul lapor ke mana",  # no question mark
        "tadi dipukul, lapor ke mana?",  # something is told
        "dipukul, dikunci, lapor ke mana?",  # two grave words
    ],
)
def test_a_question_with_more_in_it_is_believed(text: str):
    assert judged(text).urgency is Urgency.U2


def test_the_gravest_words_are_believed_in_a_question():
    assert judged("dikunci, tidak dikasih makan, lapor ke mana?").urgency is Urgency.U1


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("jgn tlp ya", {ContactSign.DO_NOT_CALL}),
        ("hp disita majikan", {ContactSign.PHONE_NOT_PRIVATE}),
        ("hp disita, jgn tlp", {ContactSign.PHONE_NOT_PRIVATE, ContactSign.DO_NOT_CALL}),
        ("halo", set()),
    ],
)
def test_contact_signs_are_read(text: str, signs: set[ContactSign]):
    assert judged(text).contact_signs == signs


@pytest.mark.parametrize(
    ("text", "reporter"),
    [
        ("istri saya dipukul", Reporter.THIRD_PERSON),
        ("aku dipukul", Reporter.SELF),
        ("dipukul", Reporter.UNKNOWN),
    ],
)
def test_the_voice_of_the_reporter_is_told(text: str, reporter: Reporter):
    assert judged(text).reporter is reporter


def test_places_named_in_words_come_in_order():
    assert judged("dari johor lalu ke riyadh, riyadh lagi").places == ("MY", "SA")


def test_the_answer_names_its_version():
    assert judged("halo").classifier == "test-1"


@pytest.mark.parametrize("phrase", ["", "…", "' '"])
def test_a_term_nobody_can_write_is_refused(phrase: str):
    with pytest.raises(ValueError, match="can be matched"):
        build_lexicon([LexiconTerm(phrase)], [], version="x")


def test_a_spelling_of_two_words_is_refused():
    grammar = Grammar(spellings={"karena itu": "karena"})

    with pytest.raises(ValueError, match="one word"):
        build_lexicon([], [], version="x", grammar=grammar)


def judged(text: str) -> Triage:
    return triage(text, LEXICON)


def months(at_least: int) -> Group:
    return Group(unit="month", at_least=at_least)


UNPAID = Group(phrases=frozenset({"tidak digaji"}))


def lexicon() -> LexiconClassifier:
    return build_lexicon(
        [
            LexiconTerm("dipukul", category=Category.KEKERASAN_FISIK, urgency=Urgency.U2),
            LexiconTerm("dikunci", category=Category.SEKAP, urgency=Urgency.U2),
            LexiconTerm(
                "tidak dikasih makan",
                category=Category.KEKERASAN_FISIK,
                urgency=Urgency.U2,
                cancellable=False,
            ),
            LexiconTerm(
                "gaji tidak dibayar", category=Category.GAJI, urgency=Urgency.U3, cancellable=False
            ),
            LexiconTerm("mati", category=Category.MENINGGAL, urgency=Urgency.U2),
            LexiconTerm("hp mati", ("hp ku mati", "capek mati"), neutral=True),
            LexiconTerm("majikan", ("tolong",)),
            LexiconTerm(
                "huruf",
                ("kena huruf",),
                category=Category.IMIGRASI,
                urgency=Urgency.U3,
                countries=frozenset({"SA"}),
            ),
            LexiconTerm("hp disita", sign=ContactSign.PHONE_NOT_PRIVATE),
            LexiconTerm("jangan telpon", sign=ContactSign.DO_NOT_CALL, cancellable=False),
        ],
        [
            Combination(
                "dikurung tanpa makan",
                (
                    Group(categories=frozenset({Category.SEKAP})),
                    Group(phrases=frozenset({"tidak dikasih makan"})),
                ),
                Urgency.U1,
                Category.SEKAP,
                within=10,
            ),
            Combination("dua bulan", (months(2), UNPAID), Urgency.U3, Category.GAJI, 6),
            Combination("enam bulan", (months(6), UNPAID), Urgency.U2, Category.GAJI, 6),
        ],
        version="test-1",
        grammar=Grammar(
            spellings={
                "gak": "tidak", "ga": "tidak", "tdk": "tidak", "sy": "saya", "aku": "saya", "jgn": "jangan",
                "tlp": "telpon",
            },
            negations=frozenset({"tidak", "belum"}),
            not_negating=frozenset({"kuat"}),
            connectors=frozenset({"tapi"}),
            first_person=frozenset({"saya"}),
            third_person=frozenset({"istri saya"}),
            units=dict.fromkeys(("bln", "bulan", "sasi"), ("month", 1)) | {"tahun": ("month", 12)},
            numbers={"rong": 2},
            places={"riyadh": "SA", "johor": "MY"},
            settled=(Settled(Category.GAJI, frozenset({"sudah lunas"}), within=8),),
            calm=(Calm(frozenset({"wkwkwk"}), Urgency.U3, frozenset({"sekarang"})),),
            question=Question(Urgency.U3, frozenset({"tadi"})),
        ),
    )  # fmt: skip


LEXICON = lexicon()
