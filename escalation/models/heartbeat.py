"""Signs of life of the worker processes; `/readyz` and the board look at them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime


class Heartbeat(Base):
    """When a worker last finished a pass of the sweep, and when it last ran the job that only shows that jobs run:
    either half of a worker can die while the other goes on."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ran_job_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
