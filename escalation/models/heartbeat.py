"""Signs of life of the worker processes; `/readyz` and the board look at them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime


class Heartbeat(Base):
    """When a worker last finished a pass of the sweep."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
