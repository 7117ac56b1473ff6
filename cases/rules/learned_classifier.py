"""The classifier of the hotline: a learned model carries the level, the word list explains it.

The word list forces a level only by the few phrases named for it; a number of its findings reach the model
as signals. What is shown to an officer are words of the message: those on the list, and those that spoke
most for the level in the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cases.rules.explaining import learned_evidence
from cases.rules.language import other_script
from cases.rules.learned_model import Floats, LearnedModel, Scores
from cases.rules.lexicon_classifier import LexiconClassifier, Reading
from cases.rules.signals import signals_of
from cases.rules.small_talk import is_cry, is_small_talk
from cases.rules.triage import Evidence, Reason, Triage
from cases.rules.weighing import held
from cases.vocabulary import Category, ContactSign, ReasonKind, Reporter, Urgency

LEVELS = (Urgency.U1, Urgency.U2, Urgency.U3)
LANGUAGES = ("id", "jv", "su", "mad", "sas", "ms", "en")
_SURE_CATEGORY = 0.0  # the learner's own border: beyond it a category is named besides the leading one
_MOST_CATEGORIES = 4
_ALONE = 0.4  # the chance from where on U2 needs no second answer
# Words. Of 92 training messages as short as this with a word of U1, 86 are labelled U1 or U2; a word of U2 counts too,
# which raised no harmless one of the 260 examples and 0.1% more of the noise.
_GRAVE = (Urgency.U1, Urgency.U2)
_CRY = 8


@dataclass(frozen=True)
class LearnedClassifier:
    """Model and word list, of one version each. `forcing`: terms and combinations that alone set their level."""

    lexicon: LexiconClassifier
    model: LearnedModel
    forcing: frozenset[str] = frozenset()

    @property
    def version(self) -> str:
        """Names both."""
        return f"{self.model.version}+{self.lexicon.version}"

    def judge(self, text: str, *, country: str | None = None) -> Triage:
        """Judge one text. Never raises; takes time in proportion to its length."""
        reading = self.lexicon.read(text, country=country)
        listed = self.lexicon.weigh(text, reading, language=None)
        if not reading.written:
            return replace(listed, classifier=self.version)
        scores = self.model.read(reading.tokens, signals_of(self.lexicon, reading))
        chances = self.model.chances(scores.said)
        if is_small_talk(reading.written):
            return self._of_small_talk(scores, listed, reading)
        learned, chance = self._level(chances)
        forced = self._forced(reading, listed)
        if is_cry(reading.written):
            learned = Urgency.worst(learned, Urgency.U2)
        urgency = Urgency.worst(learned, *(one.urgency for one in forced if one.urgency))
        categories = self._categories(scores, listed, urgency)
        return Triage(
            urgency=urgency,
            categories=categories,
            language=self._language(scores, reading),
            evidence=self._evidence(scores, listed, urgency, categories),
            contact_signs=listed.contact_signs | self._signs(chances),
            reporter=self._reporter(scores),
            places=reading.places,
            classifier=self.version,
            reason=_reason(urgency, learned, chance),
        )

    def _of_small_talk(self, scores: Scores, listed: Triage, reading: Reading) -> Triage:
        """Nothing is asked for yet: no level but what the word list sees, no matter, no sign, only a language."""
        return replace(
            listed,
            language=self._language(scores, reading),
            reporter=self._reporter(scores),
            classifier=self.version,
        )

    @cached_property
    def _columns(self) -> dict[str, list[int]]:
        """The columns of each kind of head."""
        columns: dict[str, list[int]] = {}
        for place, head in enumerate(self.model.heads):
            columns.setdefault(head.split(":")[0], []).append(place)
        return columns

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """What the heads of each kind are about, in the order of their columns."""
        return {
            kind: [self.model.heads[place].split(":", 1)[1] for place in places]
            for kind, places in self._columns.items()
        }

    def _level(self, chances: Mapping[str, float]) -> tuple[Urgency, float]:
        """The gravest level whose chance reaches its threshold, and that chance.

        U2 wants U3 reached too, unless its own chance is high: two doubtful answers agree less often on a
        harmless message than on a grave one. U1 is reached only through U2.
        """
        of_level = {level: chances[f"level:{level}"] for level in LEVELS}
        reached = {level for level in LEVELS if of_level[level] >= self.model.thresholds[f"level:{level}"]}
        if Urgency.U2 in reached and (Urgency.U3 in reached or of_level[Urgency.U2] >= _ALONE):
            level = Urgency.U1 if Urgency.U1 in reached else Urgency.U2
            return level, of_level[level]
        if Urgency.U3 in reached:
            return Urgency.U3, of_level[Urgency.U3]
        return Urgency.U4, 1.0 - of_level[Urgency.U3]

    def _forced(self, reading: Reading, listed: Triage) -> list[Evidence]:
        """Evidence that sets its level by itself, as the word list leaves it: undenied, held down where calm.

        It is that of the forcing phrases, and in a cry of few words all of U1: there the model has nothing to
        go by, and the list is right.
        """
        if len(reading.tokens) <= _CRY:
            return [one for one in listed.evidence if one.urgency in _GRAVE and not one.negated]
        names = {one.phrase for one in reading.found if one.term.term in self.forcing}
        names |= {combination.name for combination, _ in reading.together} & self.forcing
        return [one for one in listed.evidence if one.term in names and one.urgency and not one.negated]

    def _categories(self, scores: Scores, listed: Triage, urgency: Urgency) -> tuple[Category, ...]:
        columns, names = self._columns["category"], self._names["category"]
        said = scores.said[columns]
        order = np.argsort(-said, kind="stable")
        leading = Category(names[order[0]])
        if leading is Category.INFO and urgency in (Urgency.U1, Urgency.U2):
            leading = next(Category(names[place]) for place in order if names[place] != Category.INFO)
        further = [Category(names[place]) for place in order if said[place] >= _SURE_CATEGORY]
        further += [one.category for one in listed.evidence if one.category and not one.negated]
        found = dict.fromkeys([leading, *further])
        return tuple(one for one in found if one is leading or one is not Category.INFO)[:_MOST_CATEGORIES]

    def _signs(self, chances: Mapping[str, float]) -> frozenset[ContactSign]:
        return frozenset(
            ContactSign(name)
            for name in self._names["sign"]
            if chances[f"sign:{name}"] >= self.model.thresholds[f"sign:{name}"]
        )

    def _reporter(self, scores: Scores) -> Reporter:
        return Reporter(_best(self._names["reporter"], scores.said[self._columns["reporter"]]))

    def _language(self, scores: Scores, reading: Reading) -> str:
        if not reading.is_ascii:
            script = other_script([token.word for token in reading.written])
            if script is not None:
                return script
        return _best(self._names["language"], scores.said[self._columns["language"]])

    def _evidence(
        self, scores: Scores, listed: Triage, urgency: Urgency, categories: Sequence[Category]
    ) -> tuple[Evidence, ...]:
        shown = held(listed.evidence, urgency)
        return learned_evidence(self.model, scores, shown, urgency, categories)


def _best(names: Sequence[str], said: Floats) -> str:
    return names[int(np.argmax(said))]


def _reason(urgency: Urgency, learned: Urgency, chance: float) -> Reason:
    if urgency.is_above(learned):
        return Reason(ReasonKind.PHRASE)
    return Reason(ReasonKind.LEARNED, round(100 * chance))
