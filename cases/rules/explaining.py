"""Which words of a message spoke for its level in the learned model, as spans an officer can read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.rules.learned_model import LearnedModel, Scores
from cases.rules.triage import Evidence
from cases.vocabulary import Category, Urgency

_MOST_WORDS = 6
_LEAST_SHARE = 0.08  # of all that spoke for the level
_JOINABLE = 2  # characters between two words that are shown as one stretch


def learned_evidence(
    model: LearnedModel,
    scores: Scores,
    listed: Sequence[Evidence],
    urgency: Urgency,
    categories: Sequence[Category],
) -> tuple[Evidence, ...]:
    """The listed evidence, and the strongest words beside it; in order of place, never overlapping.

    A message of the mildest level needs no words to explain it.
    """
    shown = list(listed)
    if urgency is not Urgency.U4:
        said = scores.by_token[:, model.columns[f"level:{urgency}"]]
        for places in _strongest(scores, said):
            start, end = scores.tokens[places[0]].start, scores.tokens[places[-1]].end
            if not any(one.start < end and start < one.end for one in shown):
                category = _category(model, scores, places, categories)
                term = " ".join(scores.tokens[place].word for place in places)
                shown.append(Evidence(term, start, end, category, urgency, negated=False))
    return tuple(sorted(shown, key=lambda one: one.start))


def _strongest(scores: Scores, said: np.ndarray) -> list[list[int]]:
    """Places of the words that spoke most, words side by side together."""
    enough = _LEAST_SHARE * float(said[said > 0].sum())
    strongest = [int(place) for place in np.argsort(-said, kind="stable")[:_MOST_WORDS] if said[place] > 0]
    kept = sorted(place for place in strongest if said[place] >= enough)
    groups: list[list[int]] = []
    for place in kept:
        token = scores.tokens[place]
        if groups and place == groups[-1][-1] + 1:
            before = scores.tokens[groups[-1][-1]]
            if token.start - before.end <= _JOINABLE and not token.after_stop:
                groups[-1].append(place)
                continue
        groups.append([place])
    return groups


def _category(
    model: LearnedModel, scores: Scores, places: Sequence[int], categories: Sequence[Category]
) -> Category | None:
    """The category of the message these words speak most for, if any."""
    columns = [model.columns[f"category:{one}"] for one in categories]
    said = scores.by_token[list(places)][:, columns].sum(axis=0)
    best = int(np.argmax(said))
    return categories[best] if said[best] > 0 else None
