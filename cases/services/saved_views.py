"""Saving, renaming, sharing and dropping ways to look at the queue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import DefaultView, SavedView
from cases.queries.saved_views import MOST_VIEWS, view_for
from cases.rules.access import Permission, may
from cases.vocabulary import Actor

LONGEST_NAME = 60
LONGEST_ARGUMENTS = 1000


def save_view(
    session: Session, name: str, arguments: str, *, shared: bool = False, by: Actor, now: datetime
) -> SavedView:
    """Keep a filter under a name of one's own; the same name again replaces it. Only who sees the board may share.

    Raises Invalid for a bad name, Forbidden for sharing without the right, WrongState when there are too many.
    """
    if by.user_id is None:
        raise Invalid("only a member of staff has views", field="view_name")
    if shared and not may(by.role, Permission.SEE_BOARD):
        raise Forbidden("only a supervisor shares a view")
    name = _checked(name)
    if len(arguments) > LONGEST_ARGUMENTS:
        raise Invalid("too many filters", field="view_name")
    mine = select(SavedView).where(SavedView.owner_id == by.user_id)
    view = session.scalar(mine.where(SavedView.name == name))
    if view is not None:
        view.arguments, view.shared = arguments, shared
        return view
    if (session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST_VIEWS // 2:
        raise WrongState("too many views", view="too_many")
    view = SavedView(owner_id=by.user_id, name=name, arguments=arguments, shared=shared, created_at=now)
    session.add(view)
    session.flush()
    return view


def rename_view(session: Session, view_id: UUID, name: str, *, by: Actor) -> None:
    """Another name for one's own view. Raises NotFound, Invalid, and WrongState for a name one has already."""
    view = view_for(session, view_id, by=by, own=True)
    name = _checked(name)
    taken = select(SavedView.id).where(SavedView.owner_id == by.user_id, SavedView.name == name)
    if session.scalar(taken.where(SavedView.id != view.id)) is not None:
        raise WrongState("there is a view of that name", view="taken")
    view.name = name


def drop_view(session: Session, view_id: UUID, *, by: Actor) -> None:
    """Forget one's own view, also where it is somebody's default. Raises NotFound."""
    session.delete(view_for(session, view_id, by=by, own=True))


def set_default_view(session: Session, view_id: UUID | None, *, by: Actor) -> None:
    """With which view one's queue opens; None: with all cases. Raises NotFound for a view one may not use."""
    if view_id is None:
        session.execute(delete(DefaultView).where(DefaultView.user_id == by.user_id))
        return
    view = view_for(session, view_id, by=by)
    row = insert(DefaultView).values(user_id=by.user_id, view_id=view.id)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"view_id": view.id}))


def _checked(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("a view needs a short name", field="view_name")
    return name
