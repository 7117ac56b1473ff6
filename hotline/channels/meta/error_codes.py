"""Meta's error codes as data: code -> class of failure."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from hotline.channels.port import FailureClass


@cache
def _table() -> dict[str, Any]:
    data = tomllib.loads(Path(__file__).with_name("error_codes.toml").read_text())
    data["of"] = {code: FailureClass(name) for name, codes in data["classes"].items() for code in codes}
    return data


def failure_of(code: int) -> FailureClass:
    """The class of a code; the default class for one that is not in the table."""
    return FailureClass(_table()["of"].get(code, _table()["default"]))


def is_certainly_not_sent(code: int) -> bool:
    """True for a code that says so even where the HTTP status leaves it open."""
    return code in _table()["certainly_not_sent"]
