"""The regulation's path with a P3MI: who was asked what when, and what was promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedJSON, EncryptedText, UtcDateTime, Word, new_id
from cases.models.case import Case
from cases.models.party import Party
from cases.models.user import User
from cases.vocabulary import ClarificationKind, PromiseResult


class Clarification(Base):
    """One step with one P3MI, as it was held. `speaker`, `office`, `address`, `phone`: who spoke for it, as forms ask.

    `admits`: the breach; None where nobody came or nothing was asked. `promises`: {"items": […]}; `promise_due_at`:
    until when they are to be kept, `result` what became of them. `names_worker`: she lets them know her name.
    """

    __tablename__ = "clarification"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("party.id"))
    kind: Mapped[ClarificationKind] = mapped_column(Word(ClarificationKind))
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    speaker: Mapped[str | None] = mapped_column(EncryptedText)
    office: Mapped[str | None] = mapped_column(EncryptedText)
    address: Mapped[str | None] = mapped_column(EncryptedText)
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    admits: Mapped[bool | None] = mapped_column()
    explanation: Mapped[str | None] = mapped_column(EncryptedText)
    follow_up: Mapped[str | None] = mapped_column(EncryptedText)
    hindrance: Mapped[str | None] = mapped_column(EncryptedText)
    promises: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    names_worker: Mapped[bool] = mapped_column(default=False)
    promise_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[PromiseResult | None] = mapped_column(Word(PromiseResult))
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    judged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    case: Mapped[Case] = relationship()
    party: Mapped[Party] = relationship()
    recorded_by: Mapped[User] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (
        Index("ix_clarification_case_id", "case_id"),
        Index("ix_clarification_party_id", "party_id"),
    )

    @property
    def promised(self) -> list[str]:
        """What was promised, in order."""
        return [str(one) for one in (self.promises or {}).get("items", ())]
