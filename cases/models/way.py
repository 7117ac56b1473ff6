"""A way out: one provider's sender on one channel, and whether it works. All workers share the row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word
from cases.vocabulary import Channel


class Way(Base):
    """`free_at`: until when its sender is taken by what was sent (`rules.sending.next_in_rate`).

    `failures`: how often in a row the provider failed. `opened_at`: since when the circuit is open, that is, the
    way is shut; `probe_at`: when the next message may try it. `times_opened`: how often in a row it was found
    broken. `last_error` says what the provider did, without numbers or words.
    """

    __tablename__ = "way"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel), primary_key=True)
    free_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    probe_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    times_opened: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
