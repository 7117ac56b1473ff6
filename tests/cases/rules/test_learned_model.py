"""The learned model sums what words say; long messages are judged in stretches; words are worked out once."""

import numpy as np
import pytest

from cases.rules.learned_model import STEP, STRETCH, LearnedModel, Table
from cases.rules.subwords import learnable, pieces
from cases.rules.tokens import tokenise


def test_a_word_says_what_its_pieces_say():
    model = model_of({"=api": 100, " a": 10})

    said = model.read(tokenise("api"), [])

    assert said.said[0] == pytest.approx(110 / 2**0.5)
    assert said.by_token[0, 0] == pytest.approx(110 / 2**0.5)


def test_a_pair_is_shown_at_its_second_word():
    model = model_of({"tidak_makan": 100})

    said = model.read(tokenise("saya tidak makan"), [])

    assert [bool(value) for value in said.by_token[:, 0]] == [False, False, True]


def test_signals_have_a_length_of_their_own():
    model = model_of({"=api": 100}, signals={"question": -50})

    assert model.read(tokenise("api"), ["question"]).said[0] == pytest.approx(50)


@pytest.mark.parametrize("place", [0, STRETCH, STRETCH + STEP + 3, 199])
def test_one_line_among_many_counts_in_full(place: int):
    model = model_of({"=api": 100, "=halo": 1})
    words = ["halo"] * 200
    words[place] = "api"

    long = model.read(tokenise(" ".join(words)), []).said
    short = model.read(tokenise("api" + " halo" * (STRETCH - 1)), []).said

    assert long[0] == pytest.approx(short[0], rel=0.02)  # a level: by the stretch
    assert long[1] < short[1]  # a category: by the whole


def test_the_same_words_say_the_same_however_many_were_forgotten():
    model = model_of({"=api": 100, " a": 3})
    before = model.read(tokenise("api di dapur"), []).said

    model.read(tokenise(" ".join(f"kata{number:05}" for number in range(9000))), [])
    model.read(tokenise(" ".join(f"lain{number:05}" for number in range(9000))), [])

    assert np.array_equal(model.read(tokenise("api di dapur"), []).said, before)


def test_nothing_known_says_only_the_base():
    model = model_of({"=api": 100})

    assert model.read([], []).said[0] == 0
    assert model.read(tokenise("zzz"), ["?"]).said[0] == 0


def test_no_model_may_learn_a_telephone_number():
    seen = learnable(tokenise("hub 0812345678 atau 5 bulan https " + "abcdefg" * 4))

    assert [token.word for token in seen] == ["hub", "#", "atau", "5", "bulan", "htps"]


def test_pieces_know_beginnings_and_ends():
    assert {"=aku", " a", "ku ", " aku"} <= set(pieces("aku"))
    assert " aku " not in pieces("aku")


def model_of(words: dict[str, int], signals: dict[str, int] | None = None) -> LearnedModel:
    """Two heads of the same weights, a level and a category."""

    def table(weights: dict[str, int]) -> Table:
        return Table(
            {name: row for row, name in enumerate(weights)},
            np.array([[one, one] for one in weights.values()], dtype=np.int8).reshape(-1, 2),
            np.ones(len(weights), dtype=np.float32),
        )

    return LearnedModel(
        version="test-1",
        heads=("level:U1", "category:GAJI"),
        words=table(words),
        signals=table(signals or {"never": 0}),
        scales=np.ones(2, dtype=np.float32),
        intercepts=np.zeros(2, dtype=np.float32),
        mixes={},
        thresholds={},
    )
