"""The shipped sheets of short codes (`data/codes.toml`) as a value."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cases.rules.codes import Code, CodeBook, written_as_code
from escalation.services.read_table import DATA

CODES_FILE = DATA / "codes.toml"


@cache
def load_codes(path: Path = CODES_FILE) -> CodeBook:
    """Read and check the sheets. Raises ValueError for an unknown meaning, and for a sign that would mean two
    things to one person."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sheets = dict(data["look_alikes"])
    common = _sheet("common", data["common"]) | _sheet("default", sheets.pop("default", {}))
    by_country = {country: _sheet(country, sheet) for country, sheet in sheets.items()}
    for country, sheet in by_country.items():
        for sign, code in sheet.items():
            if common.get(sign, code) is not code:
                raise ValueError(f"codes: {sign!r} means something else in {country} than everywhere")
    return CodeBook(common, by_country)


def _sheet(name: str, sheet: dict[str, list[str]]) -> dict[str, Code]:
    found: dict[str, Code] = {}
    for meaning, signs in sheet.items():
        try:
            code = Code(meaning)
        except ValueError as error:
            raise ValueError(f"codes, {name}: {meaning!r} is not a meaning") from error
        for sign in signs:
            written = written_as_code(sign)
            if not written or found.get(written, code) is not code:
                raise ValueError(f"codes, {name}: {sign!r} is empty or means two things")
            found[written] = code
    return found
