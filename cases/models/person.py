"""People who write to us, and the names by which channels know them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import IdentifierKind


class Person(Base):
    """A human. The name is what a channel or an officer gave; lists and logs show only `designation`."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    country: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    identifiers: Mapped[list[Identifier]] = relationship(back_populates="person", order_by="Identifier.id")

    @property
    def designation(self) -> str:
        """What lists, URLs and logs call this person."""
        return designation_of(self.id)


class Identifier(Base):
    """One number or WhatsApp id of one person, with the time it was theirs: numbers change hands.

    `opted_out_at`: STOP came from it, or the provider says so; nothing is sent to it until START comes.
    """

    __tablename__ = "identifier"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[IdentifierKind] = mapped_column(Word(IdentifierKind))
    value: Mapped[str] = mapped_column(EncryptedText)
    value_hash: Mapped[bytes]
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opted_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(back_populates="identifiers")

    __table_args__ = (
        Index("uq_identifier_current_value", "value_hash", unique=True, postgresql_where=ended_at.is_(None)),
    )


def designation_of(person_id: UUID) -> str:
    """The short name of a person for lists, URLs and logs: says nothing about them, hard to confuse."""
    return "P-" + person_id.hex[-6:].upper()
