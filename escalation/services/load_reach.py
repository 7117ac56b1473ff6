"""The shipped table of where SMS gets through (`data/reach.toml`) as a value."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cases.rules.reach import CountryReach, Reach
from escalation.services.load_countries import load_countries
from escalation.services.read_table import DATA

REACH_FILE = DATA / "reach.toml"


@cache
def load_reach(path: Path = REACH_FILE) -> Reach:
    """Read and check the table. Raises ValueError for an unknown country or a row that lacks a column."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        countries = {code: CountryReach(**row) for code, row in data["country"].items()}
        default = CountryReach(**data["default"])
    except TypeError as error:
        raise ValueError(f"reach: {error}") from error
    unknown = set(countries) - set(load_countries())
    if unknown:
        raise ValueError(f"reach: no such country: {', '.join(sorted(unknown))}")
    return Reach(data["version"], default, countries)
