"""The fault table in small: real processes, real outages, nothing lost, nothing doubled."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from fault_table import run_table

# In full by hand: python tests/bench/fault_table.py
FAULTS = ("repeated", "wrong signature", "database down", "kill -9", "disk full")


def test_nothing_is_lost_and_nothing_doubled() -> None:
    lines = run_table(messages=30, scale=0.02, only=FAULTS)

    assert len(lines) == len(FAULTS)
    assert [line for line in lines if not line.good] == []
