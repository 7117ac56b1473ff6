"""What the word list and the rules found in a message, as names a learned model can weigh.

The list is right about meanings and blind to the rest of the message: a model that sees its findings learns
how much each is worth, together with every other word.
"""

from __future__ import annotations

from functools import lru_cache

from cases.rules.lexicon_classifier import LexiconClassifier, Reading
from cases.vocabulary import Category, ContactSign, Urgency

_LENGTHS = (4, 8, 16, 32, 64)
_MONTHS = (2, 6)


def signals_of(lexicon: LexiconClassifier, reading: Reading) -> list[str]:
    """Names in a fixed order, none twice."""
    names: set[str] = set()
    for one in reading.found:
        term = one.term
        names.update(_of_term(term.term, term.category, term.urgency, term.sign, one.negated))
    names |= {f"together:{combination.name}" for combination, _ in reading.together}
    names |= {f"together:{combination.urgency}" for combination, _ in reading.together}
    names |= _parts(lexicon, reading)
    names |= _tone(lexicon, reading)
    names |= _counts(reading)
    return sorted(names)


@lru_cache(maxsize=4096)
def _of_term(
    term: str, category: Category | None, urgency: Urgency | None, sign: ContactSign | None, negated: bool
) -> tuple[str, ...]:
    denied = "not " if negated else ""
    names = (
        f"term:{denied}{term}",
        f"category:{denied}{category}",
        f"level:{denied}{category}:{urgency}",
        f"urgency:{denied}{urgency}",
    )
    return (*names, f"sign:{denied}{sign}") if sign else names


def _parts(lexicon: LexiconClassifier, reading: Reading) -> set[str]:
    """Groups of combinations that are met: words of one meaning in many languages share a name."""
    index = lexicon.combinations
    return {
        f"part:{index.combinations[number].name}:{group}"
        for phrase in reading.marks
        for number, group in index.by_phrase.get(phrase, ())
    }


def _tone(lexicon: LexiconClassifier, reading: Reading) -> set[str]:
    """A tale, a drill, thanks, a matter settled, a question; and who speaks."""
    names, present = set(), reading.marks.keys()
    for number, calm in enumerate(lexicon.grammar.calm):
        if not calm.phrases.isdisjoint(present):
            names.add(f"calm:{number}")
            if calm.unless.isdisjoint(present):
                names.add(f"calm:{number}:only")
    names |= {f"settled:{one.category}" for one in lexicon.grammar.settled if one.phrases & present}
    if lexicon.grammar.question and not lexicon.grammar.question.unless.isdisjoint(present):
        names.add("told")
    if reading.is_question:
        names.add("question")
    if reading.neutral:
        names.add("false friend")
    names.add(f"reporter:{lexicon.reporter(reading)}")
    return names


def _counts(reading: Reading) -> set[str]:
    names = {f"time:{amount.unit}" for amount in reading.amounts}
    names |= {
        f"time:{amount.unit}:{least}"
        for amount in reading.amounts
        for least in _MONTHS
        if amount.number >= least
    }
    names.add(f"length:{sum(len(reading.tokens) > length for length in _LENGTHS)}")
    return names
