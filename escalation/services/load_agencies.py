"""The shipped agencies (`data/agencies.csv`), without any number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cases.vocabulary import AgencyKind
from escalation.services.load_countries import weekdays, zone
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
def load_agencies(path: Path = DATA / "agencies.csv") -> tuple[AgencyRow, ...]:
    """All agencies of the file. Raises ValueError that names the line for a malformed or doubled one."""
    found: dict[str, AgencyRow] = {}
    for number, row in read_table(path):
        if row["key"] in found:
            raise ValueError(f"{path.name}, line {number}: {row['key']} stands here twice")
        try:
            found[row["key"]] = AgencyRow(
                key=row["key"],
                kind=AgencyKind(row["kind"]),
                name=row["name"],
                country=row["country"] or None,
                province_code=row["province_code"] or None,
                regency_code=row["regency_code"] or None,
                city=row["city"] or None,
                is_main=_flag(row["is_main"]),
                timezone=zone(row["timezone"]),
                weekend=weekdays(row["weekend"]),
                accredited=tuple(code for code in row["accredited"].split(";") if code),
                source=row["source"],
            )
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    return tuple(found.values())


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"is_main is true or false, not {text!r}")
    return text == "true"
