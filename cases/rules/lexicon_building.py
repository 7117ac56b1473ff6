"""From terms, combinations and small words to a classifier that is ready to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cases.rules.combining import CombinationIndex
from cases.rules.lexicon import Combination, Grammar, LexiconTerm
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.rules.matching import Entry
from cases.rules.phrases import PhraseIndex
from cases.rules.spelling import Spelling, spelled
from cases.rules.tokens import folded

_REGIONAL = frozenset({"jv", "su", "mad", "sas"})


def build_lexicon(
    terms: Iterable[LexiconTerm],
    combinations: Iterable[Combination],
    *,
    version: str,
    grammar: Grammar | None = None,
) -> LexiconClassifier:
    """Make a classifier of a word list. Without a grammar no word is negated, respelled or calmed.

    Raises ValueError for a phrase or a spelling in which nothing would ever be matched.
    """
    terms, combinations, grammar = tuple(terms), tuple(combinations), grammar or Grammar()
    # A spelling is replaced once: its listed form is not looked up again.
    spellings = {_single(written): folded(listed) for written, listed in grammar.spellings.items()}
    listed = [(_words(phrase, spellings), Entry(phrase, term)) for term in terms for phrase in term.phrases()]
    marked = [(_words(phrase, spellings), phrase) for phrase in sorted(_marked(grammar, combinations))]
    grammar = _as_met(grammar, spellings)
    known = {word for words, _ in listed for word in words} | {word for words, _ in marked for word in words}
    known |= grammar.negations | grammar.connectors | grammar.not_negating
    known |= grammar.units.keys() | grammar.numbers.keys()
    return LexiconClassifier(
        version=version,
        grammar=grammar,
        spelling=Spelling(frozenset(known), spellings),
        terms=PhraseIndex.of(listed),
        marks=PhraseIndex.of(marked),
        combinations=CombinationIndex.of(combinations),
        regional={
            words[0]: entry.term.language
            for words, entry in listed
            if len(words) == 1 and entry.term.language in _REGIONAL
        },
    )


def _marked(grammar: Grammar, combinations: Iterable[Combination]) -> set[str]:
    """Every phrase that is looked for without being evidence by itself."""
    return {
        *grammar.first_person,
        *grammar.third_person,
        *grammar.places,
        *(phrase for one in grammar.calm for phrase in one.phrases | one.unless),
        *(phrase for one in grammar.settled for phrase in one.phrases),
        *(grammar.question.unless if grammar.question else ()),
        *(phrase for one in combinations for group in one.groups for phrase in group.phrases),
    }


def _as_met(grammar: Grammar, spellings: Mapping[str, tuple[str, ...]]) -> Grammar:
    """The single small words as they will be met in a message that was read with the spellings."""

    def met(words: Iterable[str]) -> frozenset[str]:
        return frozenset(listed for word in words for listed in _words(word, spellings))

    return replace(
        grammar,
        negations=met(grammar.negations),
        not_negating=met(grammar.not_negating),
        connectors=met(grammar.connectors),
        units={word: unit for written, unit in grammar.units.items() for word in met([written])},
        numbers={word: number for written, number in grammar.numbers.items() for word in met([written])},
    )


def _words(phrase: str, spellings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = spelled(folded(phrase), spellings)
    if not words:
        raise ValueError(f"nothing in {phrase!r} can be matched")
    return words


def _single(written: str) -> str:
    words = folded(written)
    if len(words) != 1:
        # A doubled chat spelling such as "gara2" is two words to the reader.
        raise ValueError(f"the spelling {written!r} must be one word")
    return words[0]
