"""The shipped countries (`data/countries.csv`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from escalation.services.read_table import DATA, read_table


@dataclass(frozen=True, slots=True)
class Country:
    """Names, a main time zone and the days of the weekend (Monday 0)."""

    iso2: str
    name_id: str
    name_en: str
    timezone: str
    weekend: frozenset[int]


@cache
def load_countries() -> dict[str, Country]:
    """All countries by ISO 3166 alpha-2 code."""
    return {
        row["iso2"]: Country(
            row["iso2"], row["name_id"], row["name_en"], row["timezone"], weekdays(row["weekend"])
        )
        for _, row in read_table(DATA / "countries.csv")
    }


def weekdays(text: str) -> frozenset[int]:
    """`4-5` as weekdays; raises ValueError for anything that is no weekday."""
    days = frozenset(int(day) for day in text.split("-") if day)
    if not days <= set(range(7)):
        raise ValueError(f"{text!r} does not name weekdays from 0 to 6")
    return days
