"""The path of a case: what its family of matters is worked along. Plain values, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.vocabulary import Category, Family, family_of


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `hours`: windows from when the case was opened; `consent`: nothing of it without hers; `only_for`:
    categories that it concerns (none: all)."""

    key: str
    words: Mapping[str, str]
    hours: tuple[int, ...] = ()
    consent: bool = False
    only_for: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True)
class Paths:
    """All lines of one version, by family."""

    version: str
    lines: Mapping[Family, Sequence[Line]]


def families_of(leading: Category, categories: Iterable[str]) -> tuple[Family, ...]:
    """The families of a case: violence first wherever there is any, then that of its leading category, then others."""
    found = [family_of(leading), *(family_of(Category(name)) for name in categories)]
    order = sorted(dict.fromkeys(found), key=lambda family: family is not Family.VIOLENCE)
    if Category.INFO.value in categories and len(order) > 1 and leading is not Category.INFO:
        order = [one for one in order if one is not Family.ADMINISTRATIVE] or order
    return tuple(order)


def path_of(paths: Paths, family: Family, categories: Iterable[str]) -> list[Line]:
    """The lines of a family that concern a case of these categories."""
    named = {Category(name) for name in categories}
    return [line for line in paths.lines[family] if not line.only_for or line.only_for & named]


def windows(line: Line, opened_at: datetime) -> list[datetime]:
    """When the windows of a line shut, the first first."""
    return [opened_at + timedelta(hours=hours) for hours in line.hours]
