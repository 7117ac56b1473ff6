"""How well a classifier judges messages that humans labelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cases.rules.triage import Classifier, Triage, triage
from cases.vocabulary import Category, ContactSign, Reporter, Urgency


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message with what a human says of it.

    `urgency_max` is the most a careful reader could call it; `categories` holds the leading one first;
    `language` and `reporter` are None where the label says nothing we have a word for.
    """

    text: str
    urgency: Urgency
    urgency_max: Urgency | None = None
    categories: tuple[Category, ...] = ()
    country: str | None = None
    language: str | None = None
    contact_signs: frozenset[ContactSign] = frozenset()
    reporter: Reporter | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def percent(self) -> float | None:
        """Of a hundred, one decimal; None of nothing."""
        return round(100 * self.hits / self.of, 1) if self.of else None


@dataclass(frozen=True, slots=True)
class TriageFigures:
    """What `measure` found.

    `critical_found`: labelled U1 judged U1; `critical_seen`: labelled U1 judged U1 or U2. `urgent_found`:
    labelled U1 or U2 judged U1 or U2.
    `harmless_raised`: labelled U4 judged U1 or U2 (a false alarm: someone is woken),
    `harmless_beyond`: and no careful reader would allow it. `above_max`: judged
    above what a careful reader allows. `leading_right`: the leading category is the labelled one;
    `category_shared`: it is among the labelled. `signs_found`: of the labelled contact signs;
    `signs_false`: of the contact signs shown, those not labelled.
    """

    classifier: str
    messages: int
    critical_found: Share
    critical_seen: Share
    urgent_found: Share
    harmless_raised: Share
    harmless_beyond: Share
    above_max: Share
    leading_right: Share
    category_shared: Share
    language_right: Share
    reporter_right: Share
    signs_found: Share
    signs_false: Share


def measure(rows: Iterable[LabelledMessage], classifier: Classifier) -> TriageFigures:
    """Judge every row and compare. Rows without a label for a figure do not count in it."""
    judged = ((row, triage(row.text, classifier, country=row.country)) for row in rows)
    return figures_of(judged, classifier.version)


def figures_of(answers: Iterable[tuple[LabelledMessage, Triage]], classifier: str) -> TriageFigures:
    """The figures of answers already given; each row with the answer to it."""
    judged = list(answers)
    urgent = {Urgency.U1, Urgency.U2}
    return TriageFigures(
        classifier=classifier,
        messages=len(judged),
        critical_found=_share(got.urgency is Urgency.U1 for row, got in judged if row.urgency is Urgency.U1),
        critical_seen=_share(got.urgency in urgent for row, got in judged if row.urgency is Urgency.U1),
        urgent_found=_share(got.urgency in urgent for row, got in judged if row.urgency in urgent),
        harmless_raised=_share(got.urgency in urgent for row, got in judged if row.urgency is Urgency.U4),
        harmless_beyond=_share(
            got.urgency in urgent and got.urgency.is_above(row.urgency_max or row.urgency)
            for row, got in judged
            if row.urgency is Urgency.U4
        ),
        above_max=_share(got.urgency.is_above(row.urgency_max) for row, got in judged if row.urgency_max),
        leading_right=_share(got.categories[0] is row.categories[0] for row, got in judged if row.categories),
        category_shared=_share(got.categories[0] in row.categories for row, got in judged if row.categories),
        language_right=_share(got.language == row.language for row, got in judged if row.language),
        reporter_right=_share(got.reporter is row.reporter for row, got in judged if row.reporter),
        signs_found=_share(sign in got.contact_signs for row, got in judged for sign in row.contact_signs),
        signs_false=_share(
            sign not in row.contact_signs for row, got in judged for sign in got.contact_signs
        ),
    )


def _share(answers: Iterable[bool]) -> Share:
    told = list(answers)
    return Share(sum(told), len(told))
