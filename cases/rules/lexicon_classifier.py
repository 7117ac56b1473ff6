"""The classifier that judges by a word list: longest match first, negation, combinations, calm messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cases.rules.combining import CombinationIndex, Parts, amounts
from cases.rules.language import guess_language
from cases.rules.lexicon import Grammar, LexiconTerm
from cases.rules.matching import Chosen, Entry, Span, longest_first, outside, spans_of
from cases.rules.negation import is_denied, is_settled
from cases.rules.phrases import PhraseIndex
from cases.rules.spelling import Spelling
from cases.rules.tokens import Token, tokenise
from cases.rules.triage import Evidence, Triage
from cases.rules.weighing import add_part, held, ranked, worst
from cases.vocabulary import Category, Reporter, Urgency

Marks = Mapping[str, Sequence[Span]]


class _Found(NamedTuple):
    span: Span
    phrase: str
    term: LexiconTerm
    negated: bool


@dataclass(frozen=True, slots=True)
class LexiconClassifier:
    """A word list ready to judge; `cases.rules.lexicon_building.build_lexicon` makes one.

    `terms` are evidence by themselves, `marks` the phrases that only mean something to combinations and
    grammar, `regional` maps single listed words to the regional language they belong to.
    """

    version: str
    grammar: Grammar
    spelling: Spelling
    terms: PhraseIndex[Entry]
    marks: PhraseIndex[str]
    combinations: CombinationIndex
    regional: Mapping[str, str]

    def judge(self, text: str, *, country: str | None = None) -> Triage:
        """Judge one text. Never raises; takes time in proportion to its length."""
        written = tokenise(text)
        tokens = self.spelling.read(written)
        marks = spans_of(self.marks.matches(tokens))
        places = self._places(marks)
        chosen = longest_first(tokens, self.terms.matches(tokens), {*places, country or ""})
        hidden = [(one.first, one.last) for one in chosen if one.entry.term.neutral]
        visible = outside(marks, hidden)
        found = self._found(tokens, chosen, visible)
        evidence = held(self._evidence(tokens, found, visible), self._cap(visible))
        return Triage(
            urgency=worst(evidence),
            categories=ranked(evidence),
            language=guess_language([token.word for token in written], self.regional),
            evidence=evidence,
            contact_signs=frozenset(one.term.sign for one in found if one.term.sign and not one.negated),
            reporter=self._reporter(visible),
            places=places,
            classifier=self.version,
        )

    def _found(self, tokens: Sequence[Token], chosen: Sequence[Chosen], marks: Marks) -> list[_Found]:
        """The terms that show something, and whether the message denies them."""
        taken = [False] * len(tokens)
        for first, last, (_, term) in chosen:
            if term.shows() or term.neutral:
                taken[first : last + 1] = [True] * (last + 1 - first)
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
                negated = negated or is_settled(term, last, settling)
                found.append(_Found((first, last), phrase, term, negated))
        return found

    def _evidence(self, tokens: Sequence[Token], found: Sequence[_Found], marks: Marks) -> list[Evidence]:
        shown: list[Evidence] = []
        categories: dict[Category, list[Span]] = {}
        for (first, last), phrase, term, negated in found:
            start, end = tokens[first].start, tokens[last].end
            shown.append(Evidence(phrase, start, end, term.category, term.urgency, negated))
            if term.category and not negated:
                categories.setdefault(term.category, []).append((first, last))
        parts = Parts(marks, categories, amounts(tokens, self.grammar))
        for combination, spans in self.combinations.found_in(parts):
            for first, last in spans:
                add_part(shown, combination, tokens[first].start, tokens[last].end)
        return sorted(shown, key=lambda one: one.start)

    def _cap(self, marks: Marks) -> Urgency | None:
        present = marks.keys()
        caps = [
            calm.cap
            for calm in self.grammar.calm
            if not calm.phrases.isdisjoint(present) and calm.unless.isdisjoint(present)
        ]
        return max(caps, key=lambda level: level.value, default=None)

    def _places(self, marks: Marks) -> tuple[str, ...]:
        countries = self.grammar.places
        named = sorted(
            (spans[0], countries[phrase]) for phrase, spans in marks.items() if phrase in countries
        )
        return tuple(dict.fromkeys(country for _, country in named))

    def _reporter(self, marks: Marks) -> Reporter:
        present = marks.keys()
        if not self.grammar.third_person.isdisjoint(present):
            return Reporter.THIRD_PERSON
        return Reporter.UNKNOWN if self.grammar.first_person.isdisjoint(present) else Reporter.SELF
