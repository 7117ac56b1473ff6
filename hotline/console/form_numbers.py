"""Whole numbers that a form brings: versions, and places in a list."""

from __future__ import annotations

from flask import request

# More digits than any version has; what is longer is nothing that we wrote into a form.
_MOST_DIGITS = 9


def whole_number(name: str) -> int | None:
    """The number in a field of the present form; None for anything else, also for digits that only look like some."""
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS else None


def version_seen(name: str = "version") -> int:
    """The version that the form was made from; 0, which nothing has, for anything else."""
    return whole_number(name) or 0
