"""The shipped table of how messages leave (`data/sending.toml`) as a value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cases.rules.sending import Circuit, Rate, Sending, ToOne
from cases.vocabulary import Channel, MessageKind
from escalation.services.read_table import DATA

SENDING_FILE = DATA / "sending.toml"


@cache
def load_sending(path: Path = SENDING_FILE) -> Sending:
    """Read and check the table. Raises ValueError for an unknown name, a missing one, a value not positive."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Sending(
            version=data["version"],
            deadlines={
                MessageKind(kind): timedelta(minutes=_positive(minutes))
                for kind, minutes in data["deadline_minutes"].items()
            },
            to_one=_to_one(data["to_one"]),
            rates={
                Channel(name): Rate(_positive(row["per_second"]), _positive(row["burst"]))
                for name, row in data["rate"].items()
            },
            circuit=_circuit(data["circuit"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"sending: {error}") from error


def with_rates(sending: Sending, per_second: Mapping[Channel, float]) -> Sending:
    """The table with the rates that an account really has; its burst is two seconds of them."""
    own = {channel: Rate(rate, rate * 2) for channel, rate in per_second.items()}
    return replace(sending, rates={**sending.rates, **own})


def _to_one(row: Mapping[str, Any]) -> ToOne:
    return ToOne(
        apart=_seconds(row["apart_seconds"]),
        most=int(_positive(row["most"])),
        within=_seconds(row["within_seconds"]),
        pages_apart=_seconds(row["pages_apart_seconds"]),
        most_named=int(_positive(row["most_named"])),
    )


def _circuit(row: Mapping[str, Any]) -> Circuit:
    return Circuit(
        failures=int(_positive(row["failures"])),
        first_wait=_seconds(row["first_wait_seconds"]),
        longest_wait=_seconds(row["longest_wait_seconds"]),
        probe=_seconds(row["probe_seconds"]),
        urgent_waits=_seconds(row["urgent_waits_seconds"]),
    )


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=_positive(value))


def _positive(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"sending: {value!r} is not a positive number")
    return value
