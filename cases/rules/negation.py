"""When words deny a matter: "was not beaten", "wages … already paid"."""

from __future__ import annotations

from collections.abc import Sequence

from cases.rules.lexicon import Grammar, LexiconTerm, Settled
from cases.rules.tokens import Token

WINDOW = 3  # words before the term, domain brief 4.1


def is_denied(tokens: Sequence[Token], first: int, taken: Sequence[bool], grammar: Grammar) -> bool:
    """True when a negation within the window before `first` belongs to the term that begins there.

    The search ends at a stop, at a connecting word, and at a word that another term has taken: in "not given
    food, beaten" the "not" is spent. Someone who "cannot bear being beaten" is beaten.
    """
    for index in range(first - 1, max(first - 1 - WINDOW, -1), -1):
        if tokens[index + 1].after_stop or taken[index]:
            return False
        word = tokens[index].word
        if word in grammar.connectors:
            return False
        if word in grammar.negations:
            return tokens[index + 1].word not in grammar.not_negating
    return False


def is_settled(term: LexiconTerm, last: int, settling: Sequence[tuple[Settled, int]]) -> bool:
    """True when a settling phrase of the term's category begins soon after its last word."""
    return any(
        settled.category is term.category and last < begin <= last + settled.within
        for settled, begin in settling
    )
