"""The shipped term (`data/clarification.toml`) as a value."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cases.vocabulary import DayCount
from escalation.rules.clarification import ClarificationTerm

CLARIFICATION_FILE = Path(__file__).parents[1] / "data" / "clarification.toml"


@cache
def load_clarification(path: Path = CLARIFICATION_FILE) -> ClarificationTerm:
    """Read and check the term. Raises ValueError for one without days or of unknown days."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    term = ClarificationTerm(
        version=str(data["version"]),
        days=int(data["days"]),
        count=DayCount(data["count"]),
        basis=str(data["basis"]),
        source=str(data["source"]),
    )
    if term.days < 1:
        raise ValueError("clarification: a promise needs a day at least")
    return term
