"""How one person may be contacted, or not at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedText, UtcDateTime, Word
from cases.vocabulary import Channel, ContactPermission, PhoneHolder


class ContactPlan(Base):
    """What is known of safe contact (domain brief 4.5). No row means nothing is known: no call, no automatic
    message, and from officers only words that betray nothing.

    `hours` are in the form of `rules.safe_hours`, in the time zone `zone`, hers. `safe_word` and `duress_word` are
    chosen by her: shown to the handler at the moment of contact, each showing recorded, never in lists or
    exports. `duress_at`: she gave the duress word and no officer has cleared it since.
    """

    __tablename__ = "contact_plan"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    holder: Mapped[PhoneHolder] = mapped_column(Word(PhoneHolder), default=PhoneHolder.UNKNOWN)
    readers: Mapped[str | None] = mapped_column(EncryptedText)
    channel: Mapped[Channel | None] = mapped_column(Word(Channel))
    reply: Mapped[ContactPermission] = mapped_column(Word(ContactPermission))
    call: Mapped[ContactPermission] = mapped_column(Word(ContactPermission))
    voice_note: Mapped[ContactPermission] = mapped_column(
        Word(ContactPermission), default=ContactPermission.UNKNOWN
    )
    family: Mapped[ContactPermission] = mapped_column(
        Word(ContactPermission), default=ContactPermission.UNKNOWN
    )
    signs: Mapped[list[str]]
    hours: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    name_to_use: Mapped[str | None] = mapped_column(EncryptedText)
    cover_story: Mapped[str | None] = mapped_column(EncryptedText)
    trusted_person: Mapped[str | None] = mapped_column(EncryptedText)
    safe_word: Mapped[str | None] = mapped_column(EncryptedText)
    duress_word: Mapped[str | None] = mapped_column(EncryptedText)
    duress_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
