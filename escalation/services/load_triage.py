"""The classifier the hotline judges with: the learned model in use and the shipped word list."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cases.rules.learned_classifier import LearnedClassifier
from escalation.services.load_lexicon import DATA, load_classifier
from escalation.services.model_file import load_model

MODEL = "triage_model.npz"


@cache
def load_triage(folder: Path = DATA) -> LearnedClassifier:
    """Read both once. Raises ValueError or OSError for files that make no sense."""
    combinations = tomllib.loads((folder / "combinations.toml").read_text(encoding="utf-8"))
    return LearnedClassifier(
        lexicon=load_classifier(folder),
        model=load_model(folder / MODEL),
        forcing=frozenset(combinations.get("forcing", {}).get("names", ())),
    )
