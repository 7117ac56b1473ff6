"""What somebody who speaks for a worker may be told. Closed unless opened."""

from __future__ import annotations

from enum import StrEnum


class Relation(StrEnum):
    """Who a party is to the worker."""

    SELF = "self"
    SPOUSE = "spouse"
    PARENT = "parent"
    SIBLING = "sibling"
    CHILD = "child"
    FRIEND = "friend"
    NGO = "ngo"
    VILLAGE = "village"
    P3MI = "p3mi"
    OFFICER = "officer"
    UNKNOWN = "unknown"


class Authority(StrEnum):
    """By what right a party speaks for the worker."""

    NONE = "none"
    VERBAL = "verbal"
    LETTER = "letter"


class Disclosure(StrEnum):
    """How much may be told."""

    RECEIVED = "received"
    STATUS = "status"


_FAMILY = frozenset({Relation.SPOUSE, Relation.PARENT, Relation.SIBLING, Relation.CHILD})


def may_learn(relation: Relation, authority: Authority, *, allowed_by_worker: bool) -> Disclosure:
    """The most this party may be told; `allowed_by_worker` is true only if the worker named this very party.

    The worker learns the status. Family learn it only if the worker allows it by name, letter or not: kin may
    be the ones she hides from. Anybody else needs a letter of authority.
    """
    if relation is Relation.SELF:
        return Disclosure.STATUS
    if relation in _FAMILY:
        return Disclosure.STATUS if allowed_by_worker else Disclosure.RECEIVED
    return Disclosure.STATUS if authority is Authority.LETTER else Disclosure.RECEIVED
