"""The shipped routing rules (`data/routing.toml`) as a value."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from cases.vocabulary import AgencyKind, Category, Side
from escalation.rules.routing import RoutingRules, Rule

ROUTING_FILE = Path(__file__).parents[1] / "data" / "routing.toml"


@cache
def load_routing(path: Path = ROUTING_FILE) -> RoutingRules:
    """Read and check the rules. Raises ValueError for a rule that is doubled or names an unknown word."""
    data = tomllib.loads(path.read_text())
    rules: dict[tuple[Category, Side], Rule] = {}
    for line in data["rule"]:
        try:
            key = (Category(line["category"]), Side(line["side"]))
            rule = Rule(line["id"], _kinds(line, "lead"), _kinds(line, "support"), _kinds(line, "consent"))
        except (KeyError, ValueError) as error:
            raise ValueError(f"routing: rule {line.get('id')!r}: {error}") from error
        if key in rules:
            raise ValueError(f"routing: rule {rule.id!r} repeats {key[0]} {key[1]}")
        rules[key] = rule
    return RoutingRules(data["version"], rules)


def _kinds(line: dict[str, Any], name: str) -> tuple[AgencyKind, ...]:
    return tuple(AgencyKind(kind) for kind in line.get(name, ()))
