"""Provinces and regencies, put beside the code by the build hook (npm package idn-area-data)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from escalation.rules.places import AreaIndex, build_area_index
from escalation.services.read_table import DATA


@cache
def load_areas(folder: Path = DATA / "areas") -> AreaIndex:
    """The index of areas. Raises FileNotFoundError, saying what to do, when the build hook has not run."""
    if not (folder / "provinces.csv").exists():
        raise FileNotFoundError(
            "administrative areas are missing: install the project with pip, its build hook fetches them"
        )
    with (folder / "provinces.csv").open(newline="", encoding="utf-8") as lines:
        provinces = [(row["code"], row["name"]) for row in csv.DictReader(lines)]
    with (folder / "regencies.csv").open(newline="", encoding="utf-8") as lines:
        regencies = [(row["code"], row["province_code"], row["name"]) for row in csv.DictReader(lines)]
    return build_area_index(provinces, regencies)
