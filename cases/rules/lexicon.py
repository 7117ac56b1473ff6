"""The shape of the word list: terms, combinations of terms, and the small words that turn a meaning.

All values are data with a source (escalation/data); nothing here is read from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cases.vocabulary import Category, ContactSign, Urgency


@dataclass(frozen=True, slots=True)
class LexiconTerm:
    """One word or phrase and what it suggests.

    `category` and `urgency` are None for a plain fact, which raises nothing. `cancellable` is False where the
    sense already holds the negation ("wages not paid"). A `neutral` term is a false friend: it takes its
    words away from shorter terms and shows nothing ("phone dead"). With `countries` it counts only there.
    """

    term: str
    variants: tuple[str, ...] = ()
    language: str = "id"
    category: Category | None = None
    urgency: Urgency | None = None
    cancellable: bool = True
    neutral: bool = False
    countries: frozenset[str] = frozenset()
    sign: ContactSign | None = None

    def phrases(self) -> tuple[str, ...]:
        """The term and its other spellings."""
        return (self.term, *self.variants)

    def shows(self) -> bool:
        """True when finding it is evidence of something."""
        return not self.neutral and bool(self.category or self.urgency or self.sign)


@dataclass(frozen=True, slots=True)
class Group:
    """One part of a combination: any of the phrases, any term of the categories, or an amount of time."""

    phrases: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    unit: str | None = None
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Combination:
    """Parts that mean more together than alone: one of each group, at most `within` words apart."""

    name: str
    groups: tuple[Group, ...]
    urgency: Urgency
    category: Category | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Phrases that, up to `within` words after a term of the category, say the matter is over."""

    category: Category
    phrases: frozenset[str]
    within: int = 6


@dataclass(frozen=True, slots=True)
class Calm:
    """Phrases that make a message a tale, a drill, a joke or thanks: its level is held at `cap` …

    … unless one of `unless` stands in it too: a person who writes "now" is believed.
    """

    phrases: frozenset[str]
    cap: Urgency
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """How a bare question is held: a question mark, one grave piece of evidence, and none of `unless` …

    … is held at `cap`. Evidence of U1 is believed in a question too, for people in danger ask what to do.
    """

    cap: Urgency
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grammar:
    """The small words. Every phrase in here is matched like a term, after `spellings`.

    `negations` cancel a term up to three words after them (domain brief 4.1), unless one of `not_negating`
    follows them at once ("cannot bear it") or one of `connectors` or a stop stands between.
    `units` are words of time as (kind, how many of that kind), `numbers` words for numbers.
    """

    spellings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    negations: frozenset[str] = frozenset()
    not_negating: frozenset[str] = frozenset()
    connectors: frozenset[str] = frozenset()
    first_person: frozenset[str] = frozenset()
    third_person: frozenset[str] = frozenset()
    units: Mapping[str, tuple[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    settled: tuple[Settled, ...] = ()
    calm: tuple[Calm, ...] = ()
    question: Question | None = None
