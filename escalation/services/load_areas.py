"""Provinces and regencies, put beside the code by the build hook (npm package idn-area-data)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from escalation.rules.places import AreaIndex, build_area_index
from escalation.services.read_table import DATA, read_table

_PROVINCE = re.compile(r"\d{2}")
_REGENCY = re.compile(r"\d{2}\.\d{2}")


@cache
def load_areas(folder: Path = DATA / "areas") -> AreaIndex:
    """The index of areas. Raises FileNotFoundError, saying what to do, when the build hook has not run, and
    ValueError that names file and line for a malformed area."""
    for path in (folder / "provinces.csv", folder / "regencies.csv"):
        if not path.is_file():
            raise FileNotFoundError(
                f"administrative areas are missing ({path.name}): install the project with pip, its build "
                "hook fetches them"
            )
    provinces = _provinces(folder / "provinces.csv")
    return build_area_index(provinces.items(), _regencies(folder / "regencies.csv", set(provinces)))


def _provinces(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in read_table(path):
        code, name = row.get("code", ""), row.get("name", "")
        if not _PROVINCE.fullmatch(code) or not name:
            raise ValueError(
                f"{path.name}, line {number}: {code!r} {name!r} is not a province such as 11 Aceh"
            )
        found[code] = name
    return found


def _regencies(path: Path, provinces: set[str]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for number, row in read_table(path):
        code, province, name = row.get("code", ""), row.get("province_code", ""), row.get("name", "")
        if not _REGENCY.fullmatch(code) or province not in provinces:
            raise ValueError(
                f"{path.name}, line {number}: {code!r} is not a regency of province {province!r}"
            )
        if not name.startswith(("Kabupaten ", "Kota ")):
            raise ValueError(f"{path.name}, line {number}: {name!r} is neither Kabupaten nor Kota")
        found.append((code, province, name))
    return found
