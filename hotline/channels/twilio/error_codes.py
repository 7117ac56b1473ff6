"""Twilio's error codes as data: code -> class of failure."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from hotline.channels.port import FailureClass


@cache
def _table() -> tuple[dict[int, FailureClass], FailureClass]:
    data = tomllib.loads(Path(__file__).with_name("error_codes.toml").read_text())
    classes = {code: FailureClass(name) for name, codes in data["classes"].items() for code in codes}
    return classes, FailureClass(data["default"])


def failure_of(code: int) -> FailureClass:
    """The class of a code; the default class for one that is not in the table."""
    classes, default = _table()
    return classes.get(code, default)
