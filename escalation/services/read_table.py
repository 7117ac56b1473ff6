"""Reading the shipped tables: CSV with lines of comment that say where the facts are from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def read_table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and fields of each line. Raises ValueError for a line with too many or too few fields."""
    numbered = [
        (number, line)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    reader = csv.DictReader(line for _, line in numbered)
    for (number, _), row in zip(numbered[1:], reader, strict=True):
        if None in row or None in row.values():
            raise ValueError(f"{path.name}, line {number}: wrong number of fields")
        yield number, row
