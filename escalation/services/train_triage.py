"""Learning the triage from labelled messages: the same files give the same model.

scikit-learn (the extra `train`) is opened here only, and only when training; judging needs numpy alone.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases.rules.learned_classifier import LANGUAGES, LEVELS
from cases.rules.learned_model import Floats, LearnedModel, Table
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.rules.signals import signals_of
from cases.rules.subwords import learnable, pair, pieces
from cases.rules.tokens import Token
from cases.rules.triage_measure import LabelledMessage
from cases.vocabulary import Category, ContactSign, Reporter, Urgency
from escalation.services.load_lexicon import DATA
from escalation.services.read_labelled import read_labelled

TRAINING = DATA / "training"
EVERYDAY = DATA / "everyday_words.csv"

# How the model is made. A change of anything here, or of the code that makes the features ("features"), makes
# another model: the version is a hash of these, of the word list and of every training message.
RECIPE: Mapping[str, Any] = {
    "features": 1,
    "fewest_messages": 3,
    "regularisation": 0.3,
    # How far rare answers are weighed up to common ones: 1 as if both were as common, 0 not at all. A level or sign
    # must be found however rare; of categories the likeliest shall lead, and at 1 a rare one leads too often.
    "balance": {"category": 0.3},
    # A category that a message has, but not leading, is no plain no: such a message counts less against it.
    "further_category": 0.3,
    "folds": 5,
    "everyday_seed": 4,
    "everyday_words": [5, 40],
    "everyday_known": 400,
    "everyday_other": 250,
    # Recall first: of the messages of a level, judged by a model that had not seen them, so many must reach it.
    # U2 wants U3 as well (`LearnedClassifier`), which costs about one in a hundred: so these are stated higher.
    "wanted_recall": {"level:U1": 0.97, "level:U2": 0.985, "level:U3": 0.95},
    # And so many of U1 must be U2 at least, whatever U1 or U2 itself wants.
    "wanted_seen": 0.993,
    # Of what the word list and the model find together. The list alone finds nine of ten wishes not to be called
    # or answered; a false one silences us, so the model adds only what it is sure of.
    "wanted_sign_recall": {
        "sign:phone_not_private": 0.9,
        "sign:borrowed_phone": 0.9,
        "sign:do_not_call": 0.0,
        "sign:do_not_reply": 0.0,
    },
}
_LARGEST = 127
_LEVEL_MIX = ("level:", "category:", "everyday:", "reporter:")  # heads a level's chance is told by
_MOST_STEPS, _SMALL_STEP = 50, 1e-6
Flags = NDArray[np.bool_]
_DUPLICATE = 0.4  # of all letter fives of two messages, so many shared: near duplicates, never parted


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled message as the learner sees it."""

    message: LabelledMessage
    words: Sequence[Sequence[str]]
    signals: Sequence[str]


def _say_nothing(_: str) -> None:
    """For those who do not watch."""


def read_training(folder: Path = TRAINING) -> list[LabelledMessage]:
    """Every row of every CSV of a folder, in the order of their names."""
    rows: list[LabelledMessage] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as lines:
            try:
                rows.extend(read_labelled(lines))
            except ValueError as error:
                raise ValueError(f"{path.name}: {error}") from error
    return rows


def everyday_messages(path: Path = EVERYDAY) -> list[LabelledMessage]:
    """Made-up harmless messages: words drawn as often as they stand in everyday texts of twelve languages.

    They teach what is no matter for the hotline, and the languages; the draw is the same every time.
    """
    draw = random.Random(RECIPE["everyday_seed"])  # noqa: S311  # no secret: the same messages every time
    shortest, longest = RECIPE["everyday_words"]
    made: list[LabelledMessage] = []
    for language, counts in sorted(_everyday_words(path).items()):
        words, times = list(counts), list(counts.values())
        label = language if language in LANGUAGES else None
        for _ in range(RECIPE["everyday_known"] if label else RECIPE["everyday_other"]):
            text = " ".join(draw.choices(words, times, k=draw.randint(shortest, longest)))
            made.append(
                LabelledMessage(
                    text, Urgency.U4, Urgency.U4, (Category.INFO,), language=label, reporter=Reporter.UNKNOWN
                )
            )
    return made


def is_everyday(row: LabelledMessage) -> bool:
    """True for what is no matter for the hotline: nobody in particular writes, about nothing."""
    return (row.urgency, row.categories, row.reporter) == (Urgency.U4, (Category.INFO,), Reporter.UNKNOWN)


def is_counted(group: str) -> bool:
    """True for the half of NusaX whose words were counted for `everyday_words.csv`: not to be measured on."""
    return hashlib.sha256(group.encode()).digest()[0] % 2 == 0


def _everyday_words(path: Path) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            counts.setdefault(row["language"], {})[row["word"]] = int(row["times"])
    return counts


def version_of(rows: Iterable[LabelledMessage], lexicon: LexiconClassifier) -> str:
    """The version of the model these rows, this word list and this recipe give."""
    digest = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode())
    digest.update(lexicon.version.encode())
    for row in rows:
        digest.update(repr(row_key(row)).encode())
    return f"learned-{digest.hexdigest()[:10]}"


def row_key(row: LabelledMessage) -> tuple[Any, ...]:
    """Everything of a row that a model may learn from, in an order that is the same everywhere."""
    return (
        row.text, row.urgency.value, [one.value for one in row.categories], row.country, row.language,
        sorted(one.value for one in row.contact_signs), row.reporter and row.reporter.value,
    )  # fmt: skip


def read_examples(rows: Iterable[LabelledMessage], lexicon: LexiconClassifier) -> list[Example]:
    """The rows with what the word list finds in them."""
    return [_example(row, lexicon) for row in rows]


def train(
    examples: Sequence[Example],
    *,
    version: str,
    calibrate: bool = True,
    told: Callable[[str], None] = _say_nothing,
) -> LearnedModel:
    """A model of the examples. With `calibrate` its chances and thresholds come from messages it had not seen."""
    model = fit(examples, version=version)
    if not calibrate:
        return model
    told("calibrating")
    scores = unseen_scores(examples, folds=int(RECIPE["folds"]), told=told)
    return calibrated(model, examples, scores)


def unseen_scores(
    examples: Sequence[Example], *, folds: int, told: Callable[[str], None] = _say_nothing
) -> Floats:
    """What the heads that need chances say of every example, by models that had not seen it nor its like."""
    parts = fold_of([example.message.text for example in examples], folds)
    scores = np.zeros((len(examples), len(_targets(examples))), dtype=np.float32)
    for fold in range(folds):
        told(f"fold {fold + 1} of {folds}")
        seen = [one for one, part in zip(examples, parts, strict=True) if part != fold]
        model = fit(seen, version="fold", only=_needs_chance)
        for index, part in enumerate(parts):
            if part == fold:
                scores[index] = scored(model, examples[index])
    return scores


def _needs_chance(head: str) -> bool:
    return head.startswith(("sign:", *_LEVEL_MIX))


def fold_of(texts: Sequence[str], folds: int) -> list[int]:
    """The fold of each text: near duplicates share one, and it stays the same when other rows come or go."""
    leaders: dict[int, str] = {}
    groups = near_duplicates(texts)
    for text, group in zip(texts, groups, strict=True):
        leaders[group] = min(text, leaders.get(group, text))
    return [int(hashlib.sha256(leaders[group].encode()).hexdigest()[:8], 16) % folds for group in groups]


def near_duplicates(texts: Sequence[str]) -> list[int]:
    """The same number for messages that share much of their letters."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import CountVectorizer

    shingles = CountVectorizer(analyzer=_shingles, binary=True).fit_transform(texts).astype(np.float32)
    sizes = np.asarray(shingles.sum(axis=1)).ravel()
    shared = (shingles @ shingles.T).tocoo()
    alike = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data) >= _DUPLICATE
    shared.data = alike.astype(np.float32)
    shared = shared.tocsr()
    shared.eliminate_zeros()
    return [int(group) for group in connected_components(shared, directed=False)[1]]


def _shingles(text: str) -> set[str]:
    plain = " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())
    return {plain[first : first + 5] for first in range(max(1, len(plain) - 4))}


def scored(model: LearnedModel, example: Example) -> Floats:
    """What the model says of an example to every head."""
    tokens = [Token(words[0][1:], 0, 1, after_stop=False) for words in example.words]
    return model.read(tokens, example.signals).said


def fit(examples: Sequence[Example], *, version: str, only: Callable[[str], bool] = bool) -> LearnedModel:
    """Weights of every head, or of some only; chances and thresholds are those of an uncalibrated learner."""
    from scipy.sparse import hstack
    from sklearn.svm import LinearSVC

    words = _Measure([_word_counts(example) for example in examples])
    signals = _Measure([Counter(example.signals) for example in examples], binary=True)
    seen = hstack([words.matrix, signals.matrix]).tocsr()
    heads: list[str] = []
    columns: list[Floats] = []
    intercepts: list[float] = []
    for head, wanted in _targets(examples).items():
        heads.append(head)
        if wanted.all() or not wanted.any() or not only(head):
            columns.append(np.zeros(seen.shape[1], dtype=np.float32))
            intercepts.append(1.0 if wanted.all() else -1.0)
            continue
        learner = LinearSVC(C=RECIPE["regularisation"], random_state=0, max_iter=3000)
        learner.fit(seen, wanted, sample_weight=_weights(head, wanted, examples))
        columns.append(learner.coef_[0].astype(np.float32))
        intercepts.append(float(learner.intercept_[0]))
    weights = np.stack(columns, axis=1) * np.concatenate([words.rarity, signals.rarity])[:, None]
    scales = np.maximum(np.abs(weights).max(axis=0) / _LARGEST, 1e-9).astype(np.float32)
    small = np.round(weights / scales).astype(np.int8)
    chosen = [head for head in heads if head.startswith(("level:", "sign:"))]
    return LearnedModel(
        version=version,
        heads=tuple(heads),
        words=words.table(small[: len(words.rarity)]),
        signals=signals.table(small[len(words.rarity) :]),
        scales=scales,
        intercepts=np.array(intercepts, dtype=np.float32),
        mixes={head: _only(heads, head) for head in chosen},
        thresholds=dict.fromkeys(chosen, 0.5),
    )


def _weights(head: str, wanted: Flags, examples: Sequence[Example]) -> NDArray[np.float64]:
    """What each example weighs for a head."""
    kind, name = head.split(":", maxsplit=1)
    power, share = float(RECIPE["balance"].get(kind, 1.0)), float(wanted.mean())
    weights: NDArray[np.float64] = np.where(wanted, (0.5 / share) ** power, (0.5 / (1 - share)) ** power)
    if kind == "category":
        further = [name in one.message.categories[1:] for one in examples]
        weights[further] *= float(RECIPE["further_category"])
    return weights


def calibrated(model: LearnedModel, examples: Sequence[Example], scores: Floats) -> LearnedModel:
    """The model with chances learned from unseen scores, and the thresholds that give the wanted recall.

    The recall is that on the labelled messages of people; made-up everyday ones teach the chances only.
    """
    targets = _targets(examples)
    mixes = {head: _mix(model, head, scores, targets[head]) for head in model.thresholds}
    mixed = replace(model, mixes=mixes)
    of_each = [mixed.chances(said) for said in scores]
    thresholds: dict[str, float] = {}
    for head in model.thresholds:
        # What the word list finds is found: the model must only reach the rest.
        listed = [head in one.signals for one in examples]
        chances = [
            1.0 if found else learned[head]
            for found, learned, wanted in zip(listed, of_each, targets[head], strict=True)
            if wanted
        ]
        recall = {**RECIPE["wanted_recall"], **RECIPE["wanted_sign_recall"]}[head]
        thresholds[head] = min(_reached(chances, recall), 0.5)
    critical = [one["level:U2"] for one, wanted in zip(of_each, targets["level:U1"], strict=True) if wanted]
    thresholds["level:U2"] = min(thresholds["level:U2"], _reached(critical, float(RECIPE["wanted_seen"])))
    return replace(mixed, thresholds=thresholds)


def _reached(chances: Sequence[float], recall: float) -> float:
    """The highest chance that so many of them reach."""
    if not chances:
        return 0.5
    return sorted(chances, reverse=True)[max(math.ceil(recall * len(chances)) - 1, 0)]


def _mix(model: LearnedModel, head: str, scores: Floats, wanted: Flags) -> Floats:
    """The weights of the scores that tell a chance best: of a level by all levels and what speaks against it."""
    mixed = _LEVEL_MIX if head.startswith("level:") else (head,)
    places = [place for place, one in enumerate(model.heads) if one.startswith(mixed)]
    mix = np.zeros(len(model.heads) + 1, dtype=np.float32)
    if wanted.all() or not wanted.any():
        mix[-1] = 10.0 if wanted.all() else -10.0
        return mix
    weights = _logistic(scores[:, places].astype(np.float64), wanted)
    mix[places], mix[-1] = weights[:-1], weights[-1]
    return mix


def _logistic(values: np.ndarray, wanted: Flags) -> np.ndarray:
    """Weights and offset of a logistic regression, by Newton's steps, held a little to zero."""
    seen = np.hstack([values, np.ones((len(values), 1))])
    weights = np.zeros(seen.shape[1])
    for _ in range(_MOST_STEPS):
        chances = 1 / (1 + np.exp(-np.clip(seen @ weights, -30, 30)))
        pull = seen.T @ (wanted - chances) - weights
        bend = (seen * (chances * (1 - chances))[:, None]).T @ seen + np.eye(seen.shape[1])
        step = np.linalg.solve(bend, pull)
        weights = weights + step
        if np.abs(step).max() < _SMALL_STEP:
            break
    return weights


def _only(heads: Sequence[str], head: str) -> Floats:
    mix = np.zeros(len(heads) + 1, dtype=np.float32)
    mix[heads.index(head)] = 1.0
    return mix


def _example(row: LabelledMessage, lexicon: LexiconClassifier) -> Example:
    reading = lexicon.read(row.text, country=row.country)
    return Example(
        row,
        [pieces(token.word) for token in learnable(reading.tokens)],
        signals_of(lexicon, reading),
    )


def _word_counts(example: Example) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in example.words:
        counts.update(one)
    written = [one[0][1:] for one in example.words]
    counts.update(pair(word, following) for word, following in pairwise(written))
    return counts


class _Measure:
    """How features are weighed: by rarity, over the length of the message in the same measure."""

    def __init__(self, counted: Sequence[Counter[str]], *, binary: bool = False) -> None:
        from scipy.sparse import csr_matrix

        spread: Counter[str] = Counter()
        for counts in counted:
            spread.update(counts.keys())
        self.names = sorted(name for name, seen in spread.items() if seen >= RECIPE["fewest_messages"])
        self.rows = {name: row for row, name in enumerate(self.names)}
        rarity = [np.log((1 + len(counted)) / (1 + spread[name])) + 1 for name in self.names]
        self.rarity = np.array(rarity, dtype=np.float32)
        indices: list[int] = []
        values: list[float] = []
        ends = [0]
        for counts in counted:
            known = [
                (self.rows[name], 1 if binary else times)
                for name, times in counts.items()
                if name in self.rows
            ]
            length = sum(times * float(self.rarity[row]) ** 2 for row, times in known) ** 0.5 or 1.0
            for row, times in sorted(known):
                indices.append(row)
                values.append(times * float(self.rarity[row]) / length)
            ends.append(len(indices))
        shape = (len(counted), len(self.names))
        self.matrix = csr_matrix((np.array(values, dtype=np.float32), indices, ends), shape=shape)

    def table(self, weights: np.ndarray) -> Table:
        """The features with their learned weights."""
        return Table(self.rows, weights, self.rarity**2)


def _targets(examples: Sequence[Example]) -> dict[str, Flags]:
    """What each head answers for each example, by its name."""
    rows = [example.message for example in examples]

    def asked(question: Callable[[LabelledMessage], bool]) -> Flags:
        return np.array([question(row) for row in rows], dtype=bool)

    heads = {f"level:{level}": asked(lambda row, level=level: row.urgency <= level) for level in LEVELS}  # type: ignore[misc]
    heads["everyday:yes"] = asked(is_everyday)
    heads |= {
        f"category:{one}": asked(lambda row, one=one: row.categories[:1] == (one,))  # type: ignore[misc]
        for one in Category
    }
    heads |= {f"sign:{one}": asked(lambda row, one=one: one in row.contact_signs) for one in ContactSign}  # type: ignore[misc]
    heads |= {f"reporter:{one}": asked(lambda row, one=one: row.reporter is one) for one in Reporter}  # type: ignore[misc]
    heads |= {f"language:{one}": asked(lambda row, one=one: row.language == one) for one in LANGUAGES}  # type: ignore[misc]
    return heads
