"""What a message asks for, by a first look: how urgent, about what, in which words.

The look suggests and explains; humans decide. A later message may raise the urgency of a case and never
lowers it (domain brief 3.2). Which classifier looked, and with which words, stays with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from cases.vocabulary import Category, ContactSign, ReasonKind, Reporter, Urgency


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that spoke for the judgement: `text[start:end]` is what the person wrote.

    `term` is the phrase of the word list they matched, or the name of a combination they belong to.
    `negated`: found, but denied in the same breath, so it raised nothing.
    """

    term: str
    start: int
    end: int
    category: Category | None
    urgency: Urgency | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message has its level: how it was found, and how sure the model is, of a hundred.

    The words that spoke for it are the evidence of that level.
    """

    kind: ReasonKind
    certainty: int | None = None


@dataclass(frozen=True, slots=True)
class Triage:
    """The judgement of one message.

    `categories` holds at least one, the leading one first; `evidence` is in order of place and never
    overlaps; `language` is an ISO 639 code or "und"; `places` are the countries named in words, in order;
    `classifier` is the version that judged, `reason` why the level.
    """

    urgency: Urgency
    categories: tuple[Category, ...]
    language: str
    evidence: tuple[Evidence, ...]
    contact_signs: frozenset[ContactSign]
    reporter: Reporter
    places: tuple[str, ...]
    classifier: str
    reason: Reason | None = None


class Classifier(Protocol):
    """A loaded, versioned value that judges texts: a word list today, a learned model later. Never raises."""

    @property
    def version(self) -> str:
        """Names the data it judges by; the same version gives the same answer to the same text."""

    def judge(self, text: str, *, country: str | None = None) -> Triage:
        """Judge one text; `country` is where the sender's number belongs, ISO 3166 alpha-2."""


def triage(text: str, classifier: Classifier, *, country: str | None = None) -> Triage:
    """Judge a message, and hold the answer to what every classifier must keep; both rules can only raise.

    A judgement is never milder than evidence it shows undenied, and it names at least one category. Takes any
    str: empty, pictographs only, or very long.
    """
    judged = classifier.judge(text, country=country)
    shown = (found.urgency for found in judged.evidence if found.urgency and not found.negated)
    urgency = Urgency.worst(judged.urgency, *shown)
    if urgency is judged.urgency and judged.categories:
        return judged
    return replace(judged, urgency=urgency, categories=judged.categories or (Category.INFO,))


def raised(current: Urgency, found: Urgency) -> Urgency:
    """The urgency of a case after another look: it may rise, it never falls."""
    return Urgency.worst(current, found)
