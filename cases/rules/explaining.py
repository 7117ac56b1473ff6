"""Which words of a message spoke for its level in the learned model, as spans an officer can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cases.rules.function_words import DENIALS, FUNCTION_WORDS, tells
from cases.rules.learned_model import Floats, LearnedModel, Scores
from cases.rules.triage import Evidence
from cases.vocabulary import Category, Urgency

_FEWEST_WORDS, _MOST_WORDS = 2, 6
_LEAST_SHARE = 0.08  # of all that spoke for the level
_BRIDGED = 2  # places apart
_JOINABLE = 2  # characters between two words that are shown as one stretch


def learned_evidence(
    model: LearnedModel,
    scores: Scores,
    listed: Sequence[Evidence],
    urgency: Urgency,
    categories: Sequence[Category],
) -> tuple[Evidence, ...]:
    """The listed evidence, and the strongest words beside it; in order of place, never overlapping.

    Only words that say something are shown (`cases.rules.function_words`), with the denial before them, and of these
    those that speak for a category of the message as well; where nothing would explain the level, what says
    most for it. A message of the mildest level needs no words to explain it.
    """
    if urgency is Urgency.U4:
        return tuple(sorted(listed, key=_start))
    said = scores.by_token[:, model.columns[f"level:{urgency}"]]
    found: list[Evidence] = []
    spoken: list[tuple[int, int]] = []
    for places in _strongest(scores, said):
        start, end = scores.tokens[places[0]].start, scores.tokens[places[-1]].end
        spoken.append((start, end))
        if not any(one.start < end and start < one.end for one in listed):
            category = _category(model, scores, places, categories)
            term = " ".join(scores.tokens[place].word for place in places)
            found.append(Evidence(term, start, end, category, urgency, negated=False))
    telling = _telling(scores, listed)
    shown = [*telling, *(one for one in found if one.category)]
    if not any(one.urgency is urgency for one in shown):
        shown = [*telling, *found] if found else _raised(listed, spoken, urgency)
    return tuple(sorted(shown, key=_start))


def _raised(
    listed: Sequence[Evidence], spoken: Sequence[tuple[int, int]], urgency: Urgency
) -> list[Evidence]:
    """The listed evidence; what the model took for graver than the list did stands at the level of the message."""
    return [
        replace(one, urgency=urgency)
        if not one.negated and any(one.start < end and start < one.end for start, end in spoken)
        else one
        for one in listed
    ]


def _start(one: Evidence) -> int:
    return one.start


def _telling(scores: Scores, listed: Sequence[Evidence]) -> list[Evidence]:
    """Listed evidence but single words that tell only together with others, such as "skrg" of a combination."""
    alone = {(token.start, token.end) for token in scores.tokens if token.word in FUNCTION_WORDS}
    return [one for one in listed if one.urgency is None or (one.start, one.end) not in alone]


def _strongest(scores: Scores, said: Floats) -> list[list[int]]:
    """Places of the telling words that spoke most, words side by side together."""
    enough = _LEAST_SHARE * float(said[said > 0].sum())
    speaking = np.flatnonzero(said > 0)
    order = speaking[np.argsort(-said[speaking], kind="stable")].tolist()
    telling: list[int] = []
    for place in order:  # the strongest first, so no more are looked at than are shown
        if len(telling) == _MOST_WORDS:
            break
        if tells(scores.tokens[place].word):
            telling.append(place)
    # Where many words say a little each, the first of them stand for all.
    strong = [place for place in telling if said[place] >= enough] or telling[:_FEWEST_WORDS]
    kept = set(strong)
    groups: list[list[int]] = []
    for place in sorted(kept):
        first = _denial_before(scores, place)
        # One word between two that are shown is shown with them: "dikunci di kamar".
        if groups and first - groups[-1][-1] <= _BRIDGED and _in_a_row(scores, groups[-1][-1], place):
            groups[-1].extend(range(groups[-1][-1] + 1, place + 1))
        else:
            groups.append(list(range(first, place + 1)))
    return groups


def _denial_before(scores: Scores, place: int) -> int:
    """The place of a denial up to two words before, else the place itself: "ga dikasih makan"."""
    for before in range(place - 1, max(place - 1 - _BRIDGED, -1), -1):
        if scores.tokens[before].word in DENIALS:
            return before if _in_a_row(scores, before, place) else place
    return place


def _in_a_row(scores: Scores, first: int, last: int) -> bool:
    return all(_side_by_side(scores, place) for place in range(first + 1, last + 1))


def _side_by_side(scores: Scores, place: int) -> bool:
    """True where nothing but a little space parts a word from the one before it."""
    before, token = scores.tokens[place - 1], scores.tokens[place]
    return token.start - before.end <= _JOINABLE and not token.after_stop


def _category(
    model: LearnedModel, scores: Scores, places: Sequence[int], categories: Sequence[Category]
) -> Category | None:
    """The category of the message these words speak most for, if any."""
    columns = [model.columns[f"category:{one}"] for one in categories]
    said = scores.by_token[list(places)][:, columns].sum(axis=0)
    best = int(np.argmax(said))
    return categories[best] if said[best] > 0 else None
