"""The classifier that judges by a word list: longest match first, negation, combinations, calm messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cases.rules.combining import Amount, CombinationIndex, Parts, amounts
from cases.rules.language import UNKNOWN, guess_language
from cases.rules.lexicon import Combination, Grammar, LexiconTerm
from cases.rules.matching import Chosen, Entry, Span, longest_first, outside, spans_of
from cases.rules.negation import is_denied, is_settled
from cases.rules.phrases import PhraseIndex
from cases.rules.spelling import Spelling
from cases.rules.tokens import Token, tokenise
from cases.rules.triage import Evidence, Triage
from cases.rules.weighing import add_part, has_question_mark, held, is_bare_question, ranked, worst
from cases.vocabulary import Category, Reporter, Urgency

Marks = Mapping[str, Sequence[Span]]


Together = tuple[Combination, tuple[Span, ...]]


class Found(NamedTuple):
    """A term that shows something: its tokens, the phrase that matched, and whether it is denied."""

    span: Span
    phrase: str
    term: LexiconTerm
    negated: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What the list finds in one text, before it is weighed.

    `written` are the words as typed, `tokens` the same in listed spelling; `marks` the phrases outside false
    friends, of which there were `neutral`.
    """

    written: Sequence[Token]
    tokens: Sequence[Token]
    marks: Marks
    neutral: int
    places: tuple[str, ...]
    found: Sequence[Found]
    together: Sequence[Together]
    amounts: Sequence[Amount]
    is_question: bool
    is_ascii: bool


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
        reading = self.read(text, country=country)
        language = guess_language([token.word for token in reading.written], self.regional)
        return self.weigh(text, reading, language=language)

    def read(self, text: str, *, country: str | None = None) -> Reading:
        """Find what the list knows in a text."""
        written = tokenise(text)
        tokens = self.spelling.read(written)
        marks = spans_of(self.marks.matches(tokens))
        places = self._places(marks)
        chosen = longest_first(tokens, self.terms.matches(tokens), {*places, country or ""})
        hidden = [(one.first, one.last) for one in chosen if one.entry.term.neutral]
        visible = outside(marks, hidden)
        found = self._found(tokens, chosen, visible)
        spoken = amounts(tokens, self.grammar)
        return Reading(
            written=written,
            tokens=tokens,
            marks=visible,
            neutral=len(hidden),
            places=places,
            found=found,
            together=self._together(spoken, found, visible),
            amounts=spoken,
            is_question=has_question_mark(text),
            is_ascii=text.isascii(),
        )

    def weigh(self, text: str, reading: Reading, *, language: str | None) -> Triage:
        """The judgement of what was found."""
        visible, found, together = reading.marks, reading.found, reading.together
        evidence = held(_evidence(reading.tokens, found, together), self._cap(visible))
        question = self.grammar.question
        if question and question.unless.isdisjoint(visible.keys()) and is_bare_question(text, evidence):
            evidence = held(evidence, question.cap)
        return Triage(
            urgency=worst(evidence),
            categories=ranked(evidence, [combination for combination, _ in together]),
            language=language or UNKNOWN,
            evidence=evidence,
            contact_signs=frozenset(one.term.sign for one in found if one.term.sign and not one.negated),
            reporter=self.reporter(reading),
            places=reading.places,
            classifier=self.version,
        )

    def _found(self, tokens: Sequence[Token], chosen: Sequence[Chosen], marks: Marks) -> list[Found]:
        """The terms that show something, and whether the message denies them."""
        taken = [False] * len(tokens)
        for first, last, entry in chosen:
            if entry.term.shows() or entry.term.neutral:
                taken[first : last + 1] = [True] * (last + 1 - first)
        settling = [
            (settled, first)
            for settled in self.grammar.settled
            for phrase in settled.phrases & marks.keys()
            for first, _ in marks[phrase]
        ]
        found: list[Found] = []
        for first, last, (phrase, term) in chosen:
            if term.shows():
                negated = term.cancellable and is_denied(tokens, first, taken, self.grammar)
                negated = negated or is_settled(term, last, settling)
                found.append(Found((first, last), phrase, term, negated))
        return found

    def _together(self, spoken: Sequence[Amount], found: Sequence[Found], marks: Marks) -> list[Together]:
        """The combinations that hold, of marks and of the categories of undenied terms."""
        categories: dict[Category, list[Span]] = {}
        for one in found:
            if one.term.category and not one.negated:
                categories.setdefault(one.term.category, []).append(one.span)
        return list(self.combinations.found_in(Parts(marks, categories, spoken)))

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

    def reporter(self, reading: Reading) -> Reporter:
        """Who writes, by words such as "my sister"."""
        present = reading.marks.keys()
        if not self.grammar.third_person.isdisjoint(present):
            return Reporter.THIRD_PERSON
        return Reporter.UNKNOWN if self.grammar.first_person.isdisjoint(present) else Reporter.SELF


def _evidence(
    tokens: Sequence[Token], found: Sequence[Found], together: Sequence[Together]
) -> list[Evidence]:
    """What to show, in order of place and without overlap."""
    shown = [
        Evidence(phrase, tokens[first].start, tokens[last].end, term.category, term.urgency, negated)
        for (first, last), phrase, term, negated in found
    ]
    for combination, spans in together:
        for first, last in spans:
            add_part(shown, combination, tokens[first].start, tokens[last].end)
    return sorted(shown, key=lambda one: one.start)
