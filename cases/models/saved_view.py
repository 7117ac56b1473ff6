"""Ways to look at the queue that somebody wants again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, new_id


class SavedView(Base):
    """A named filter of the queue; `arguments` is the query of its address. Shared: for everybody, by a supervisor."""

    __tablename__ = "saved_view"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(Text)
    arguments: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("uq_saved_view_owner_id_name", "owner_id", "name", unique=True),
        Index("ix_saved_view_shared", "name", postgresql_where=shared),
    )


class DefaultView(Base):
    """The view with which somebody's queue opens."""

    __tablename__ = "default_view"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    view_id: Mapped[UUID] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), index=True)
