"""Words of a message: the quick way through plain text finds the same as the one through any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.rules import tokens
from cases.rules.subwords import pair, paired

_WORD = st.text("abcdefgh", min_size=1, max_size=4)


@given(st.text(st.characters(max_codepoint=127), max_size=80) | st.from_regex(r"([a-z'`2]{1,5}[ .,]?){1,8}"))
def test_plain_text_has_the_same_words_either_way(text: str) -> None:
    if text.isascii():
        any_way = [match.span() for match in tokens._TOKEN.finditer(text)]
        assert [match.span() for match in tokens._PLAIN_TOKEN.finditer(text)] == any_way


@given(st.dictionaries(st.tuples(_WORD, _WORD), st.integers(0, 9), max_size=8), st.lists(_WORD, max_size=4))
def test_pairs_are_found_by_their_first_word(pairs: dict[tuple[str, str], int], words: list[str]) -> None:
    rows = {f"={word}": 99 for word in words} | {pair(*both): row for both, row in pairs.items()}

    found = paired(rows)

    assert {(first, second): row for first, rest in found.items() for second, row in rest.items()} == pairs
