"""The access rule as a WHERE: lists, counts, search and single objects all use this one."""

from __future__ import annotations

from collections.abc import Hashable

from sqlalchemy import ColumnElement, false, true

from cases.rules.access import Permission, may
from cases.vocabulary import Actor


def visible_cases(by: Actor) -> ColumnElement[bool]:
    """The cases that the asker may know of: all of them for officers and supervisors, none for anyone else."""
    return true() if may(by.role, Permission.SEE_CASES) else false()


def scope_of(by: Actor) -> Hashable:
    """Two askers of one scope see the same cases: what was read for one may be told to the other."""
    return may(by.role, Permission.SEE_CASES)
