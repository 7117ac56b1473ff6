"""Twilio's error codes as data: code -> class of failure."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from hotline.channels.port import FailureClass


def again_after_report(code: int) -> FailureClass | None:
    """The class of a code in a report, where the same way may be tried again without a double; else None."""
    return failure_of(code) if code in _never_arrived() else None


@cache
def _never_arrived() -> frozenset[int]:
    data = tomllib.loads(Path(__file__).with_name("error_codes.toml").read_text())
    return frozenset(data["reported"]["certainly_not_arrived"])


@cache
def _table() -> tuple[dict[int, FailureClass], FailureClass]:
    data = tomllib.loads(Path(__file__).with_name("error_codes.toml").read_text())
    classes = {code: FailureClass(name) for name, codes in data["classes"].items() for code in codes}
    return classes, FailureClass(data["default"])


def failure_of(code: int) -> FailureClass:
    """The class of a code; the default class for one that is not in the table."""
    classes, default = _table()
    return classes.get(code, default)
