"""The shipped countries."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalation.services.load_countries import load_countries

HEAD = "# source\niso2,name_id,name_en,timezone,weekend\n"
INDONESIA = "ID,Indonesia,Indonesia,Asia/Jakarta,5-6\n"


def test_every_country_has_names_a_zone_and_a_weekend() -> None:
    countries = load_countries()
    assert len(countries) == 250
    for code, country in countries.items():
        assert country.iso2 == code
        assert country.name_id and country.name_en
        ZoneInfo(country.timezone)
        assert 1 <= len(country.weekend) <= 2


@pytest.mark.parametrize(
    ("code", "zone", "weekend"),
    [
        ("SA", "Asia/Riyadh", {4, 5}),
        ("MY", "Asia/Kuala_Lumpur", {5, 6}),
        ("BN", "Asia/Brunei", {4, 6}),
        ("IR", "Asia/Tehran", {4}),
        ("AE", "Asia/Dubai", {5, 6}),
        ("US", "America/New_York", {5, 6}),
    ],
)
def test_known_weeks(code: str, zone: str, weekend: set[int]) -> None:
    country = load_countries()[code]
    assert country.timezone == zone
    assert set(country.weekend) == weekend


@pytest.mark.parametrize(
    "line",
    [
        INDONESIA,
        "my,Malaysia,Malaysia,Asia/Kuala_Lumpur,5-6\n",
        "MY,Malaysia,Malaysia,Asia/Nowhere,5-6\n",
        "MY,Malaysia,Malaysia,Asia/Kuala_Lumpur,5-7\n",
        "MY,Malaysia,Malaysia,Asia/Kuala_Lumpur,Sat\n",
        "MY,Malaysia,Malaysia\n",
    ],
)
def test_a_malformed_country_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "countries.csv"
    path.write_text(HEAD + INDONESIA + line)
    with pytest.raises(ValueError, match="line 4"):
        load_countries(path)
