"""How far the provider's own list has been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime

MESSAGES, CALLS = "twilio messages", "twilio calls"


class Watermark(Base):
    """One list of the provider. Everything on it until `seen_until` is with us; `taken_in`: how many messages only
    the list told us of, ever."""

    __tablename__ = "watermark"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_until: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_in: Mapped[int] = mapped_column(BigInteger, default=0)
