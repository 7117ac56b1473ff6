"""Saved ways to look at the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cases.errors import NotFound
from cases.models import DefaultView, SavedView
from cases.vocabulary import Actor

MOST_VIEWS = 100


@dataclass(frozen=True, slots=True)
class ViewOf:
    """A view as one person has it."""

    view: SavedView
    is_mine: bool
    is_default: bool


def views_of(session: Session, *, by: Actor) -> Sequence[ViewOf]:
    """One's own views and those shared with everybody, by name, in one statement."""
    query = (
        select(SavedView, DefaultView.view_id)
        .outerjoin(DefaultView, (DefaultView.view_id == SavedView.id) & (DefaultView.user_id == by.user_id))
        .where(or_(SavedView.owner_id == by.user_id, SavedView.shared))
        .order_by(SavedView.shared, SavedView.name, SavedView.id)
        .limit(MOST_VIEWS)
    )
    return [
        ViewOf(view, view.owner_id == by.user_id, default is not None)
        for view, default in session.execute(query)
    ]


def view_for(session: Session, view_id: UUID, *, by: Actor, own: bool = False) -> SavedView:
    """A view the asker may use; with `own`, one that is theirs. Raises NotFound otherwise."""
    mine = SavedView.owner_id == by.user_id
    view = session.scalar(
        select(SavedView).where(SavedView.id == view_id, mine if own else or_(mine, SavedView.shared))
    )
    if view is None:
        raise NotFound("there is no such view")
    return view


def default_arguments(session: Session, *, by: Actor) -> str | None:
    """With which filters this person's queue opens; None for all. A view that is shared no longer opens nothing."""
    query = (
        select(SavedView.arguments)
        .join(DefaultView, DefaultView.view_id == SavedView.id)
        .where(DefaultView.user_id == by.user_id, or_(SavedView.owner_id == by.user_id, SavedView.shared))
    )
    return session.scalar(query)
