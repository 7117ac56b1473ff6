"""People who write to us, and the names by which channels know them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, keyring, new_id
from cases.rules.identifiers import Name
from cases.vocabulary import Doubt, IdentifierKind

_DESIGNATION = re.compile(r"^P-([0-9A-F]{6})$")


def fingerprint_of(name: Name) -> bytes:
    """By what an identifier is looked up. Usernames have a space of their own: no message is recognised by one."""
    kind = "username" if name.kind is IdentifierKind.USERNAME else "address"
    return keyring.fingerprint(kind, name.value)


class Person(Base):
    """A human. The name is what a channel or an officer gave; lists and logs show only `designation`."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    country: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    identifiers: Mapped[list[Identifier]] = relationship(back_populates="person", order_by="Identifier.id")

    __table_args__ = (Index("ix_person_designation", text("right(id::text, 6)")),)

    @property
    def designation(self) -> str:
        """What lists, URLs and logs call this person."""
        return designation_of(self.id)


class Identifier(Base):
    """One number or WhatsApp id of one person, with the time it was theirs: numbers change hands.

    `opted_out_at`: STOP came from it, or the provider says so; nothing is sent to it until START comes.
    `doubted_at`: it may be somebody else's by now; until an officer or the safe word confirms it, only neutral words
    of an officer may go there (docs/decisions/0014).
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
    doubted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    doubt: Mapped[Doubt | None] = mapped_column(Word(Doubt))

    person: Mapped[Person] = relationship(back_populates="identifiers")

    __table_args__ = (
        # A username may be on several rows: nobody is recognised by it.
        Index(
            "uq_identifier_current_value",
            "value_hash",
            unique=True,
            postgresql_where=ended_at.is_(None) & (kind != IdentifierKind.USERNAME),
        ),
        Index("ix_identifier_value_hash", "value_hash"),
    )


class PersonMerge(Base):
    """Two persons whom an officer took for one. `moved` names every row that changed hands, so that the merge
    can be undone exactly."""

    __tablename__ = "person_merge"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    moved: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("uq_person_merge_merged_id", "merged_id", unique=True, postgresql_where=undone_at.is_(None)),
    )


def end_of_designation(text: str) -> str | None:
    """What the id of a person so called ends with; None for what is no designation."""
    match = _DESIGNATION.match(text.strip().upper())
    return match.group(1).lower() if match else None


def designation_of(person_id: UUID) -> str:
    """The short name of a person for lists, URLs and logs: says nothing about them, hard to confuse."""
    return "P-" + person_id.hex[-6:].upper()
