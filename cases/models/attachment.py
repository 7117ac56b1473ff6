"""What came with a message besides words: a photo, a voice note, a paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedJSON, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import AttachmentState


class Attachment(Base):
    """One attachment. The row is written with its message; the bytes are fetched by a job and kept outside the
    database, found by the hash of what was received (`hotline.media.store`).

    `declared_type` is what the provider said, `media_type` what the bytes are. `clean_sha256` names the copy
    that may be passed on (no place, no camera), `thumbnail_sha256` the small picture of the case page.
    `place` is where the picture says it was taken.
    """

    __tablename__ = "attachment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[int]
    source_url: Mapped[str] = mapped_column(EncryptedText)
    declared_type: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(EncryptedText)
    state: Mapped[AttachmentState] = mapped_column(Word(AttachmentState))
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    media_type: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None]
    sha256: Mapped[bytes | None]
    clean_sha256: Mapped[bytes | None]
    thumbnail_sha256: Mapped[bytes | None]
    place: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    scan: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at_provider_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        Index("ix_attachment_fetching", "next_attempt_at", postgresql_where=next_attempt_at.is_not(None)),
    )
