"""Areas from the tables that the build hook brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from escalation.rules.places import find_area
from escalation.services.load_areas import load_areas

PROVINCES = "code,name\n11,Aceh\n32,Jawa Barat\n"
REGENCIES = "code,province_code,name\n11.01,11,Kabupaten Aceh Selatan\n32.73,32,Kota Bandung\n"


def write(folder: Path, provinces: str = PROVINCES, regencies: str = REGENCIES) -> Path:
    (folder / "provinces.csv").write_text(provinces)
    (folder / "regencies.csv").write_text(regencies)
    return folder


def test_areas_are_read_once(tmp_path: Path) -> None:
    index = load_areas(write(tmp_path))
    area = find_area("kab. aceh selatan", index)
    assert area is not None
    assert (area.code, area.name, area.province_code) == ("11.01", "Kabupaten Aceh Selatan", "11")
    assert load_areas(tmp_path) is index


@pytest.mark.parametrize("missing", ["provinces.csv", "regencies.csv"])
def test_missing_tables_say_what_to_do(tmp_path: Path, missing: str) -> None:
    (write(tmp_path) / missing).unlink()
    with pytest.raises(FileNotFoundError, match="build hook"):
        load_areas(tmp_path)


@pytest.mark.parametrize(
    ("provinces", "regencies", "where"),
    [
        (PROVINCES + "x,Nowhere\n", REGENCIES, "provinces.csv, line 4"),
        ("id,title\n11,Aceh\n", REGENCIES, "provinces.csv, line 2"),
        (PROVINCES, REGENCIES + "32.9,32,Kota Bogor\n", "regencies.csv, line 4"),
        (PROVINCES, REGENCIES + "99.01,99,Kota Bogor\n", "regencies.csv, line 4"),
        (PROVINCES, REGENCIES + "32.71,32,Bogor\n", "regencies.csv, line 4"),
        (PROVINCES, REGENCIES + "32.71,32\n", "regencies.csv, line 4"),
    ],
)
def test_a_malformed_area_names_its_line(tmp_path: Path, provinces: str, regencies: str, where: str) -> None:
    with pytest.raises(ValueError, match=where):
        load_areas(write(tmp_path, provinces, regencies))
