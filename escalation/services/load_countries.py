"""The shipped countries (`data/countries.csv`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

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
def load_countries(path: Path = DATA / "countries.csv") -> dict[str, Country]:
    """All countries by ISO 3166 alpha-2 code. Raises ValueError, naming the line, for a bad or doubled
    one."""
    found: dict[str, Country] = {}
    for number, row in read_table(path):
        try:
            code = row["iso2"]
            if len(code) != len("ID") or not (code.isascii() and code.isupper()) or code in found:
                raise ValueError(f"{code!r} is not a code of two letters, or stands here twice")
            found[code] = Country(
                code, row["name_id"], row["name_en"], zone(row["timezone"]), weekdays(row["weekend"])
            )
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    return found


def zone(name: str) -> str:
    """The name, if the IANA database knows it; else raises ValueError."""
    if name not in _zones():
        raise ValueError(f"{name!r} is not an IANA time zone")
    return name


@cache
def _zones() -> set[str]:
    return available_timezones()


def weekdays(text: str) -> frozenset[int]:
    """`4-5` as weekdays; raises ValueError for anything that is no weekday."""
    days = frozenset(int(day) for day in text.split("-") if day)
    if not days <= set(range(7)):
        raise ValueError(f"{text!r} does not name weekdays from 0 to 6")
    return days


def zone_of(country: str | None) -> str:
    """The time zone in which a person's hours count: her country's, or Jakarta's while it is unknown."""
    known = load_countries().get(country or "")
    return known.timezone if known else "Asia/Jakarta"
