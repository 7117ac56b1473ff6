"""The classifier that judges by a word list: longest match first, negation, combinations, calm messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cases.rules.combining import Parts, Span, amounts
from cases.rules.language import guess_language
from cases.rules.lexicon import Calm, Combination, Grammar, LexiconTerm, Settled
from cases.rules.negation import is_denied, is_settled
from cases.rules.phrases import Match, PhraseIndex
from cases.rules.spelling import Spelling, spelled
from cases.rules.tokens import Token, folded, tokenise
from cases.rules.triage import Evidence, Triage
from cases.vocabulary import Category, Reporter, Urgency


class Entry(NamedTuple):
    """A phrase of the list, as listed, and the term it stands for."""

    phrase: str
    term: LexiconTerm


class _Found(NamedTuple):
    first: int
    last: int
    phrase: str
    term: LexiconTerm
    negated: bool


@dataclass(frozen=True, slots=True)
class LexiconClassifier:
    """A word list ready to judge. Build it with `build_lexicon`; the same text always gets the same answer."""

    version: str
    grammar: Grammar
    spelling: Spelling
    terms: PhraseIndex[Entry]
    marks: PhraseIndex[str]
    combinations: tuple[Combination, ...]
    regional: Mapping[str, str]

    def judge(self, text: str, *, country: str | None = None) -> Triage:
        """Judge one text. Never raises; takes time in proportion to its length."""
        tokens = self.spelling.read(text)
        marks = _spans(self.marks.matches(tokens))
        places = self._places(marks)
        found, hidden = self._terms(tokens, marks, {country, *places} - {None})
        visible = {
            phrase: kept
            for phrase, spans in marks.items()
            if (kept := [span for span in spans if not any(a <= span[0] and span[1] <= b for a, b in hidden)])
        }
        evidence = self._evidence(tokens, found, visible)
        evidence = _held(evidence, self._cap(visible))
        return Triage(
            urgency=Urgency.worst(*(one.urgency for one in evidence if one.urgency and not one.negated)),
            categories=_ranked(evidence),
            language=guess_language([token.word for token in tokenise(text)], self.regional),
            evidence=evidence,
            contact_signs=frozenset(one.term.sign for one in found if one.term.sign and not one.negated),
            reporter=self._reporter(visible),
            places=places,
            classifier=self.version,
        )

    def _terms(
        self, tokens: Sequence[Token], marks: Mapping[str, Sequence[Span]], where: set[str | None]
    ) -> tuple[list[_Found], list[Span]]:
        """The terms that stand in the text, none overlapping, and the places of false friends."""
        chosen, taken = _longest_first(tokens, self.terms.matches(tokens), where)
        settling = [
            (settled, first)
            for settled in self.grammar.settled
            for phrase in settled.phrases & marks.keys()
            for first, _ in marks[phrase]
        ]
        found: list[_Found] = []
        for first, last, (phrase, term) in chosen:
            if term.shows():
                negated = term.cancellable and is_denied(tokens, first, taken, self.grammar)
                negated = negated or is_settled(term, last, settling, tokens)
                found.append(_Found(first, last, phrase, term, negated))
        return found, [(first, last) for first, last, entry in chosen if entry.term.neutral]

    def _evidence(
        self, tokens: Sequence[Token], found: Sequence[_Found], marks: Mapping[str, Sequence[Span]]
    ) -> tuple[Evidence, ...]:
        shown = [
            Evidence(
                one.phrase,
                tokens[one.first].start,
                tokens[one.last].end,
                one.term.category,
                one.term.urgency,
                one.negated,
            )
            for one in found
        ]
        categories: dict[Category, list[Span]] = {}
        for one in found:
            if one.term.category and not one.negated:
                categories.setdefault(one.term.category, []).append((one.first, one.last))
        parts = Parts(marks, categories, amounts(tokens, self.grammar))
        for combination in self.combinations:
            for first, last in parts.complete(combination) or ():
                _add(shown, combination, tokens[first].start, tokens[last].end)
        return tuple(sorted(shown, key=lambda one: one.start))

    def _cap(self, marks: Mapping[str, Sequence[Span]]) -> Urgency | None:
        present = marks.keys()
        caps = [
            calm.cap
            for calm in self.grammar.calm
            if not calm.phrases.isdisjoint(present) and calm.unless.isdisjoint(present)
        ]
        return max(caps, key=lambda level: level.value, default=None)

    def _places(self, marks: Mapping[str, Sequence[Span]]) -> tuple[str, ...]:
        named = sorted(
            (spans[0], self.grammar.places[phrase])
            for phrase, spans in marks.items()
            if phrase in self.grammar.places
        )
        return tuple(dict.fromkeys(country for _, country in named))

    def _reporter(self, marks: Mapping[str, Sequence[Span]]) -> Reporter:
        present = marks.keys()
        if not self.grammar.third_person.isdisjoint(present):
            return Reporter.THIRD_PERSON
        return Reporter.UNKNOWN if self.grammar.first_person.isdisjoint(present) else Reporter.SELF


def build_lexicon(
    terms: Iterable[LexiconTerm],
    combinations: Iterable[Combination],
    *,
    version: str,
    grammar: Grammar | None = None,
) -> LexiconClassifier:
    """Make a classifier of a word list. Without a grammar no word is negated, respelled or calmed."""
    grammar = grammar or Grammar()
    terms, combinations = tuple(terms), tuple(combinations)
    # A spelling may stand for a word that is itself a spelling; one step is enough, and ends for certain.
    spellings = {folded(written)[0]: folded(listed) for written, listed in grammar.spellings.items()}
    phrases = [
        (spelled(folded(phrase), spellings), Entry(phrase, term)) for term in terms for phrase in term.phrases()
    ]
    marked = [(spelled(folded(phrase), spellings), phrase) for phrase in _marked(grammar, combinations)]
    small = grammar.negations | grammar.connectors | grammar.not_negating
    known = {word for words, _ in phrases for word in words} | {word for words, _ in marked for word in words}
    known |= small | grammar.units.keys() | grammar.numbers.keys()
    regional = {
        words[0]: entry.term.language
        for words, entry in phrases
        if len(words) == 1 and entry.term.language in _REGIONAL
    }
    return LexiconClassifier(
        version=version,
        grammar=grammar,
        spelling=Spelling(frozenset(known), spellings),
        terms=PhraseIndex.of(phrases),
        marks=PhraseIndex.of(marked),
        combinations=combinations,
        regional=regional,
    )


_REGIONAL = frozenset({"jv", "su", "mad", "sas"})


def _marked(grammar: Grammar, combinations: Iterable[Combination]) -> set[str]:
    """Every phrase that is looked for without being evidence by itself."""
    calm: Iterable[Calm] = grammar.calm
    settled: Iterable[Settled] = grammar.settled
    return {
        *grammar.first_person,
        *grammar.third_person,
        *grammar.places,
        *(phrase for one in calm for phrase in one.phrases | one.unless),
        *(phrase for one in settled for phrase in one.phrases),
        *(phrase for one in combinations for group in one.groups for phrase in group.phrases),
    }


def _spans(matches: Iterable[Match[str]]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for first, last, phrases in matches:
        for phrase in phrases:
            spans.setdefault(phrase, []).append((first, last))
    return spans


def _longest_first(
    tokens: Sequence[Token], matches: Iterable[Match[Entry]], where: set[str | None]
) -> tuple[list[tuple[int, int, Entry]], list[bool]]:
    """Of overlapping terms the one with more words, else the earlier; and which words carry a meaning so."""
    usable = []
    for first, last, entries in matches:
        here = [one for one in entries if not one.term.countries or one.term.countries & where]
        if here:
            usable.append((first - last, first, last, min(here, key=_weight)))
    taken = [False] * len(tokens)
    chosen: list[tuple[int, int, Entry]] = []
    spent: set[int] = set()
    for _, first, last, entry in sorted(usable, key=lambda one: one[:3]):
        # Tokens of one doubled word share their place: where one is taken, so is the other.
        if any(tokens[index].start in spent for index in range(first, last + 1)):
            continue
        spent.update(tokens[index].start for index in range(first, last + 1))
        if entry.term.shows() or entry.term.neutral:
            taken[first : last + 1] = [True] * (last + 1 - first)
        chosen.append((first, last, entry))
    chosen.sort(key=lambda one: one[0])
    return chosen, taken


def _weight(entry: Entry) -> tuple[bool, str]:
    return (not entry.term.neutral, entry.term.urgency.value if entry.term.urgency else "U9")


def _add(shown: list[Evidence], combination: Combination, start: int, end: int) -> None:
    """Show one part of a combination; where a term already shows these words, that one is raised instead."""
    for index, one in enumerate(shown):
        if one.start < end and start < one.end:
            if not one.negated and (one.urgency is None or combination.urgency.is_above(one.urgency)):
                shown[index] = Evidence(
                    one.term, one.start, one.end, combination.category or one.category, combination.urgency, False
                )
            return
    shown.append(Evidence(combination.name, start, end, combination.category, combination.urgency, False))


def _held(evidence: tuple[Evidence, ...], cap: Urgency | None) -> tuple[Evidence, ...]:
    if cap is None:
        return evidence
    return tuple(
        Evidence(one.term, one.start, one.end, one.category, cap, one.negated)
        if one.urgency and one.urgency.is_above(cap)
        else one
        for one in evidence
    )


def _ranked(evidence: Sequence[Evidence]) -> tuple[Category, ...]:
    """Categories by their worst urgency, then by how often they were seen, then by place."""
    standing = [one for one in evidence if one.category and not one.negated]
    counts = Counter(one.category for one in standing)
    worst: dict[Category, str] = {}
    for one in standing:
        if one.category:
            level = one.urgency.value if one.urgency else "U9"
            worst[one.category] = min(level, worst.get(one.category, level))
    return tuple(sorted(worst, key=lambda category: (worst[category], -counts[category]))) or (Category.INFO,)
