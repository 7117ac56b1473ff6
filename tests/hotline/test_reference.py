"""What every message needs is read before the first one comes."""

from __future__ import annotations

import subprocess
import sys

_AHEAD = """
import sys
from hotline import reference
reference.read_ahead()
from escalation.services import load_areas, load_codes, load_countries, load_policy, load_routing, load_triage
for load in (load_triage.load_triage, load_policy.load_policy, load_routing.load_routing, load_areas.load_areas,
             load_countries.load_countries, load_codes.load_codes):
    assert load.cache_info().currsize == 1, load
assert "holidays.countries" in sys.modules
print("read")
"""


def test_the_shipped_files_are_read_ahead_without_a_database() -> None:
    """In a process of its own: here others have read them already."""
    told = subprocess.run(
        [sys.executable, "-c", _AHEAD], capture_output=True, text=True, timeout=60, check=False
    )

    assert told.stdout.strip() == "read", told.stderr
