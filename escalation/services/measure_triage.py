"""How well the triage does on messages it has not seen: by cross-validation, and with fewer messages to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cases.rules.learned_classifier import LearnedClassifier
from cases.rules.learned_model import Floats
from cases.rules.lexicon_classifier import LexiconClassifier
from cases.rules.triage import triage
from cases.rules.triage_measure import LabelledMessage, TriageFigures, figures_of, measure
from escalation.services.train_triage import (
    RECIPE,
    calibrated,
    everyday_messages,
    fit,
    fold_of,
    read_examples,
    scored,
)

_NOTHING: Floats = np.zeros(0, dtype=np.float32)


def cross_validate(
    rows: Sequence[LabelledMessage],
    classifier: LearnedClassifier,
    *,
    with_rules: bool = True,
    told: Callable[[str], None],
) -> TriageFigures:
    """Judge every row by a model that saw neither it nor its near duplicates.

    Everyday messages are learned from and not judged. Chances and thresholds are chosen on the unseen scores of
    all folds together, so they are a little kinder than a new message; that is three levels and four signs.
    Without rules, the model sees the words alone and the word list forces nothing.
    """
    examples = read_examples([*rows, *everyday_messages()], classifier.lexicon)
    if not with_rules:
        examples = [replace(one, signals=()) for one in examples]
    folds = int(RECIPE["folds"])
    parts = fold_of([example.message.text for example in examples], folds)
    scores: list[Floats] = [_NOTHING] * len(examples)
    models = []
    for fold in range(folds):
        told(f"fold {fold + 1} of {folds}, {'model and rules' if with_rules else 'model alone'}")
        model = fit([one for one, part in zip(examples, parts, strict=True) if part != fold], version="fold")
        models.append(model)
        for index, part in enumerate(parts):
            if part == fold:
                scores[index] = scored(model, examples[index])
    chosen = calibrated(models[0], examples, np.stack(scores))
    judges = [
        replace(
            classifier,
            model=replace(model, mixes=chosen.mixes, thresholds=chosen.thresholds),
            forcing=classifier.forcing if with_rules else frozenset(),
        )
        for model in models
    ]
    answers = [
        (row, triage(row.text, judges[part], country=row.country))
        for row, part in zip(rows, parts, strict=False)
    ]
    return figures_of(answers, "model and rules" if with_rules else "model alone")


def rules_alone(rows: Sequence[LabelledMessage], lexicon: LexiconClassifier) -> TriageFigures:
    """The word list and its combinations without any learned model."""
    return replace(measure(rows, lexicon), classifier="rules alone")


def subset(rows: Sequence[LabelledMessage], size: int) -> list[LabelledMessage]:
    """So many rows, drawn the same way every time; all of them where there are no more."""
    return sorted(rows, key=lambda row: hashlib.sha256(row.text.encode()).digest())[:size]
