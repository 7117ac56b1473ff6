"""Learning the triage from labelled messages: the same files give the same model.

scikit-learn (the extra `train`) is opened here only, and only when training; judging needs numpy alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cases.rules.learned_classifier import LANGUAGES, LEVELS
from cases.rules.learned_model import Floats, LearnedModel, Table
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.rules.signals import signals_of
from cases.rules.subwords import learnable, pair, pieces
from cases.rules.triage_measure import LabelledMessage
from cases.vocabulary import Category, ContactSign, Reporter
from escalation.services.load_lexicon import DATA
from escalation.services.read_labelled import read_labelled

TRAINING = DATA / "training"

# How the model is made. A change of anything here, or of the code that makes the features ("features"), makes
# another model: the version is a hash of these, of the word list and of every training message.
RECIPE: Mapping[str, Any] = {
    "features": 1,
    "fewest_messages": 3,
    "regularisation": 0.3,
    "folds": 5,
    # Recall first: of the messages of a level, judged by a model that had not seen them, so many must reach it.
    "wanted_recall": {"level:U1": 0.96, "level:U2": 0.975, "level:U3": 0.96},
    "wanted_sign_recall": 0.9,
}
_LARGEST = 127
_DUPLICATE = 0.4  # of all letter fives of two messages, so many shared: near duplicates, never parted


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled message as the learner sees it."""

    message: LabelledMessage
    words: Sequence[Sequence[str]]
    signals: Sequence[str]


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
    examples: Sequence[Example], *, version: str, calibrate: bool = True, told: Callable[[str], None] = len
) -> LearnedModel:
    """A model of the examples. With `calibrate` its chances and thresholds come from messages it had not seen."""
    model = fit(examples, version=version)
    if not calibrate:
        return model
    told("calibrating")
    scores = unseen_scores(examples, folds=int(RECIPE["folds"]), told=told)
    return calibrated(model, examples, scores)


def unseen_scores(examples: Sequence[Example], *, folds: int, told: Callable[[str], None] = len) -> Floats:
    """The most of every head on every example, by models that had not seen it nor anything like it."""
    parts = fold_of([example.message.text for example in examples], folds)
    scores: Floats | None = None
    for fold in range(folds):
        told(f"fold {fold + 1} of {folds}")
        model = fit([one for one, part in zip(examples, parts, strict=True) if part != fold], version="fold")
        for index in np.flatnonzero(parts == fold):
            said = scored(model, examples[int(index)])
            if scores is None:
                scores = np.zeros((len(examples), len(said)), dtype=np.float32)
            scores[index] = said
    assert scores is not None  # noqa: S101  # folds is at least 2
    return scores


def fold_of(texts: Sequence[str], folds: int) -> np.ndarray:
    """The fold of each text: near duplicates share one, and it stays the same when other rows come or go."""
    leaders: dict[int, str] = {}
    groups = near_duplicates(texts)
    for text, group in zip(texts, groups, strict=True):
        leaders[group] = min(text, leaders.get(group, text))
    return np.array(
        [int(hashlib.sha256(leaders[group].encode()).hexdigest()[:8], 16) % folds for group in groups]
    )


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
    """What the model says of an example: levels and signs by their gravest stretch, the rest by the whole."""
    from cases.rules.tokens import Token

    tokens = [Token(word, 0, 1, False) for word in (words[0][1:] for words in example.words if words)]
    scores = model.read(tokens, example.signals)
    by_stretch = np.array([head.startswith(("level:", "sign:")) for head in model.heads])
    said: Floats = np.where(by_stretch, scores.most, scores.whole)
    return said


def fit(examples: Sequence[Example], *, version: str) -> LearnedModel:
    """Weights of every head; chances and thresholds are those of an uncalibrated learner."""
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
        if wanted.all() or not wanted.any():
            columns.append(np.zeros(seen.shape[1], dtype=np.float32))
            intercepts.append(1.0 if wanted.all() else -1.0)
            continue
        learner = LinearSVC(
            C=RECIPE["regularisation"], class_weight="balanced", random_state=0, max_iter=3000
        )
        learner.fit(seen, wanted)
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
        slopes=dict.fromkeys(chosen, (1.0, 0.0)),
        thresholds=dict.fromkeys(chosen, 0.5),
    )


def calibrated(model: LearnedModel, examples: Sequence[Example], scores: Floats) -> LearnedModel:
    """The model with chances learned from unseen scores, and the thresholds that give the wanted recall."""
    targets = _targets(examples)
    slopes: dict[str, tuple[float, float]] = {}
    thresholds: dict[str, float] = {}
    for head in model.thresholds:
        said, wanted = scores[:, model.column(head)], targets[head]
        slopes[head] = _slope(said, wanted)
        recall = RECIPE["wanted_recall"].get(head, RECIPE["wanted_sign_recall"])
        reached = replace(model, slopes=slopes).chance(head, _reached(said[wanted], recall))
        thresholds[head] = min(reached, 0.5)
    return replace(model, slopes=slopes, thresholds=thresholds)


def _reached(said: Floats, recall: float) -> float:
    """The highest score that so many of the scores reach."""
    if not len(said):
        return 0.0
    return float(np.sort(said)[::-1][max(int(np.ceil(recall * len(said))) - 1, 0)])


def _slope(said: Floats, wanted: np.ndarray) -> tuple[float, float]:
    """Platt's scaling, by Newton's steps."""
    if wanted.all() or not wanted.any():
        return 1.0, 0.0
    slope, offset = 1.0, 0.0
    values = said.astype(np.float64)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(slope * values + offset, -30, 30)))
        wrong, weight = wanted - chance, chance * (1 - chance) + 1e-9
        pull = np.array([wrong @ values, wrong.sum()])
        bend = np.array([[weight @ values**2, weight @ values], [weight @ values, weight.sum()]])
        step = np.linalg.solve(bend + 1e-6 * np.eye(2), pull)
        slope, offset = slope + step[0], offset + step[1]
        if np.abs(step).max() < 1e-6:
            break
    return float(slope), float(offset)


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
    counts.update(pair(word, following) for word, following in zip(written, written[1:], strict=False))
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
            length = sum(times * float(self.rarity[row]) ** 2 for row, times in known) ** 0.5
            for row, times in sorted(known):
                indices.append(row)
                values.append(times * float(self.rarity[row]) / length)
            ends.append(len(indices))
        shape = (len(counted), len(self.names))
        self.matrix = csr_matrix((np.array(values, dtype=np.float32), indices, ends), shape=shape)

    def table(self, weights: np.ndarray) -> Table:
        """The features with their learned weights."""
        return Table(self.rows, weights, self.rarity**2)


def _targets(examples: Sequence[Example]) -> dict[str, np.ndarray]:
    """What each head answers for each example, by its name."""
    rows = [example.message for example in examples]

    def asked(question: Callable[[LabelledMessage], bool]) -> np.ndarray:
        return np.array([question(row) for row in rows], dtype=bool)

    heads = {f"level:{level}": asked(lambda row, level=level: row.urgency <= level) for level in LEVELS}  # type: ignore[misc]
    heads |= {
        f"category:{one}": asked(lambda row, one=one: row.categories[:1] == (one,))  # type: ignore[misc]
        for one in Category
    }
    heads |= {f"sign:{one}": asked(lambda row, one=one: one in row.contact_signs) for one in ContactSign}  # type: ignore[misc]
    heads |= {f"reporter:{one}": asked(lambda row, one=one: row.reporter is one) for one in Reporter}  # type: ignore[misc]
    heads |= {f"language:{one}": asked(lambda row, one=one: row.language == one) for one in LANGUAGES}  # type: ignore[misc]
    return heads
