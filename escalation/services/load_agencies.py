"""The shipped agencies (`data/agencies.csv`), without any number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cases.vocabulary import AgencyKind
from escalation.services.load_countries import weekdays
from escalation.services.read_table import DATA, read_table


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency of the file."""

    key: str
    kind: AgencyKind
    name: str
    country: str | None
    province_code: str | None
    regency_code: str | None
    city: str | None
    is_main: bool
    timezone: str
    weekend: frozenset[int]
    accredited: tuple[str, ...]
    source: str


@cache
def load_agencies() -> tuple[AgencyRow, ...]:
    """All agencies of the file. Raises ValueError that names the line for a malformed or doubled one."""
    found: dict[str, AgencyRow] = {}
    for number, row in read_table(DATA / "agencies.csv"):
        if row["key"] in found:
            raise ValueError(f"agencies.csv, line {number}: {row['key']} stands here twice")
        try:
            found[row["key"]] = AgencyRow(
                key=row["key"],
                kind=AgencyKind(row["kind"]),
                name=row["name"],
                country=row["country"] or None,
                province_code=row["province_code"] or None,
                regency_code=row["regency_code"] or None,
                city=row["city"] or None,
                is_main=row["is_main"] == "true",
                timezone=row["timezone"],
                weekend=weekdays(row["weekend"]),
                accredited=tuple(code for code in row["accredited"].split(";") if code),
                source=row["source"],
            )
        except ValueError as error:
            raise ValueError(f"agencies.csv, line {number}: {error}") from error
    return tuple(found.values())
