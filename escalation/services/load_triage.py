"""The classifier the hotline judges with: the learned model in use and the word list, shipped or edited."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from cases.rules.learned_classifier import LearnedClassifier
from cases.rules.learned_model import LearnedModel
from cases.rules.lexicon_classifier import LexiconClassifier
from escalation.queries.lexicon import live_lexicon
from escalation.services.load_lexicon import DATA, classifier_of, load_classifier
from escalation.services.model_file import load_model

MODEL = "triage_model.npz"
# The list in use, the draft, and the one before: more are never asked for at once.
_KEPT = 3


@cache
def load_triage(folder: Path = DATA) -> LearnedClassifier:
    """The shipped one, read once. Raises ValueError or OSError for files that make no sense."""
    return _with(load_classifier(folder), folder)


@lru_cache(maxsize=_KEPT)
def triage_with(content: str) -> LearnedClassifier:
    """The same with this word list. Raises ValueError naming the line that makes no sense."""
    return _with(classifier_of(content), DATA)


def triage_in_use(session: Session) -> LearnedClassifier:
    """With the word list that officers made live last; the shipped one where they never did."""
    live = live_lexicon(session)
    return load_triage() if live is None else triage_with(live.content)


@cache
def _model(path: Path) -> LearnedModel:
    return load_model(path)


def _with(lexicon: LexiconClassifier, folder: Path) -> LearnedClassifier:
    combinations = tomllib.loads((folder / "combinations.toml").read_text(encoding="utf-8"))
    return LearnedClassifier(
        lexicon=lexicon,
        model=_model(folder / MODEL),
        forcing=frozenset(combinations.get("forcing", {}).get("names", ())),
    )
