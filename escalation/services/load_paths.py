"""The shipped paths of the three families (`data/paths.toml`) as a value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cases.vocabulary import Category, Family
from escalation.rules.paths import Line, Paths

PATHS_FILE = Path(__file__).parents[1] / "data" / "paths.toml"


@cache
def load_paths(path: Path = PATHS_FILE) -> Paths:
    """Read and check the paths. Raises ValueError for a key that stands twice, and for a line without its words."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    lines = {family: tuple(_line(one, family) for one in data[family.value]) for family in Family}
    keys = [line.key for family in Family for line in lines[family]]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"paths: {', '.join(sorted(twice))} stands twice")
    return Paths(str(data["version"]), lines)


def path_keys() -> frozenset[str]:
    """Every key that a case can have something said of."""
    return frozenset(line.key for lines in load_paths().lines.values() for line in lines)


def _line(one: Mapping[str, Any], family: Family) -> Line:
    key = str(one["key"])
    words = {language: str(one.get(language, "")) for language in ("id", "en")}
    if not all(words.values()):
        raise ValueError(f"paths: {family.value}.{key}: words in Indonesian and in English")
    hours = tuple(int(value) for value in one.get("hours", ()))
    if list(hours) != sorted(set(hours)) or any(value <= 0 for value in hours):
        raise ValueError(f"paths: {family.value}.{key}: hours in order")
    return Line(
        key=key,
        words=words,
        hours=hours,
        consent=bool(one.get("consent", False)),
        only_for=frozenset(Category(name) for name in one.get("for", ())),
    )
