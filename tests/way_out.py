"""The account of the way out: of every message that was to be sent, what the provider took and where we stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

# Nothing is left to happen by itself and no human knows: failed without a successor and without a task. And what is
# still under way when the line is drawn, for by then it should have ended.
_STUCK = """
    SELECT count(*) FROM message AS m
     WHERE m.direction = 'out' AND m.body = ANY(:bodies)
       AND m.delivery NOT IN ('delivered', 'read', 'cancelled', 'held')
       AND NOT EXISTS (SELECT 1 FROM message AS next WHERE next.replaces_id = m.id)
       AND NOT EXISTS (SELECT 1 FROM task WHERE task.message_id = m.id)
"""
_UNDER_WAY = """
    SELECT count(*) FROM message AS m
     WHERE m.direction = 'out' AND m.body = ANY(:bodies)
       AND m.delivery IN ('waiting', 'sending', 'accepted', 'queued', 'sent')
"""
_WITH_A_HUMAN = """
    SELECT DISTINCT m.body FROM message AS m JOIN task ON task.message_id = m.id WHERE m.body = ANY(:bodies)
"""


@dataclass(frozen=True)
class Account:
    """Lost: neither taken by the provider nor in a human's hands. Doubled: taken once too often. Stuck: not ended, and
    in nobody's hands."""

    sent: int
    lost: int
    doubled: int
    stuck: int

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.stuck)


def under_way(connection: Connection, bodies: Collection[str]) -> int:
    """How many have not come to an end yet."""
    return int(connection.scalar(text(_UNDER_WAY), {"bodies": list(bodies)}) or 0)


def account(connection: Connection, taken: Counter[str], bodies: Collection[str]) -> Account:
    """Draw the line. `bodies`: the words of each message, in no other one; `taken`: how often the provider took each,
    whatever it answered."""
    asked = set(connection.scalars(text(_WITH_A_HUMAN), {"bodies": list(bodies)}))
    return Account(
        sent=len(bodies),
        lost=sum(taken[body] == 0 and body not in asked for body in bodies),
        doubled=sum(max(0, taken[body] - 1) for body in bodies),
        stuck=int(connection.scalar(text(_STUCK), {"bodies": list(bodies)}) or 0),
    )
