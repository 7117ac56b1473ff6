"""The shipped thresholds (`data/patterns.toml`) as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from cases.vocabulary import Urgency
from escalation.rules.patterns import PatternRule

PATTERNS_FILE = Path(__file__).parents[1] / "data" / "patterns.toml"


@dataclass(frozen=True, slots=True)
class PatternTable:
    """The thresholds of one version."""

    version: str
    rules: tuple[PatternRule, ...]


@cache
def load_patterns(path: Path = PATTERNS_FILE) -> PatternTable:
    """Read and check the thresholds. Raises ValueError for one that would tell of every case."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rules = tuple(
        PatternRule(
            key=str(line["key"]),
            cases=int(line["cases"]),
            within=timedelta(days=int(line["within_days"])),
            urgency=Urgency(line["urgency"]),
            source=str(line["source"]),
        )
        for line in data["rule"]
    )
    for rule in rules:
        if rule.cases < 2 or rule.within <= timedelta(0):
            raise ValueError(f"patterns: {rule.key}: two cases at least, and some time")
    return PatternTable(str(data["version"]), rules)
