"""What was said, in and out. An outgoing row IS the outbox: written with what caused it, sent afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedJSON, UtcDateTime, Word, new_id
from cases.vocabulary import AttemptOutcome, Channel, Delivery, Direction, HoldReason, MessageKind, Purpose

# What can be searched of the conversation: stems of the words (docs/decisions/0023).
SEARCHED_WORDS = (
    "CASE WHEN kind IN ('report', 'call', 'reply', 'neutral_reply', 'command')"
    " THEN to_tsvector('indonesian'::regconfig, left(body, 10000)) END"
)


class Message(Base):
    """One message. Incoming: unique by the provider's id, `body` as received.

    `body_raw` keeps the bytes of a body that could not be stored as received (a NUL, shown in `body` as ␀).
    `extra` keeps the provider's parameters that we do not know. Outgoing: to a person's identifier, to a
    duty contact or to an agency's machine; `body` is empty until `wording` and `parameters` have been rendered
    for sending. To a person:
    `purpose` says what the contact gate judges it as, `hold_reason` why the gate holds it back.
    `replaces_id`: the message that failed and that this one repeats on another way. `carried_by_id`: the message
    to the same phone in whose words this page travels; its fate is this one's. `turn_at`: its reserved turn on
    our sender. `segments`: how many SMS the words are. `content_sid`: the provider's template that was used,
    where free words would have been refused. `ask_at`: when the provider is asked how it ended, should no receipt
    have said so; `asks`: how often it was.
    """

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    kind: Mapped[MessageKind] = mapped_column(Word(MessageKind))
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    identifier_id: Mapped[UUID | None] = mapped_column(ForeignKey("identifier.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty_contact.id"))
    endpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner_endpoint.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str | None] = mapped_column(Text)
    body_raw: Mapped[bytes | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    extra: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    triage: Mapped[dict[str, Any] | None]
    purpose: Mapped[Purpose | None] = mapped_column(Word(Purpose))
    hold_reason: Mapped[HoldReason | None] = mapped_column(Word(HoldReason))
    wording: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[dict[str, Any] | None]
    language: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    carried_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    turn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    segments: Mapped[int | None]
    content_sid: Mapped[str | None] = mapped_column(Text)
    provider_sid: Mapped[str | None] = mapped_column(Text, unique=True)
    delivery: Mapped[Delivery | None] = mapped_column(Word(Delivery))
    error_code: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ask_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asks: Mapped[int] = mapped_column(default=0, server_default="0")
    # Written by the database, read by searches alone; NULL for what is said to agencies and duty contacts.
    words: Mapped[Any | None] = mapped_column(
        TSVECTOR, Computed(SEARCHED_WORDS, persisted=True), deferred=True
    )

    __table_args__ = (
        Index("ix_message_words", "words", postgresql_using="gin"),
        Index("ix_message_case_id_created_at", "case_id", "created_at", "id"),
        Index(
            "ix_message_failed",
            "created_at",
            postgresql_where=delivery.in_([Delivery.FAILED, Delivery.UNDELIVERED]),
        ),
        Index(
            "uq_message_replaces_id", "replaces_id", unique=True, postgresql_where=replaces_id.is_not(None)
        ),
        Index("ix_message_carried_by_id", "carried_by_id", postgresql_where=carried_by_id.is_not(None)),
        Index("ix_message_outbox", "next_attempt_at", postgresql_where=next_attempt_at.is_not(None)),
        Index("ix_message_ask_at", "ask_at", postgresql_where=ask_at.is_not(None)),
        Index("ix_message_contact_id_created_at", "contact_id", "created_at"),
        Index(
            "ix_message_identifier_id_answers",
            "identifier_id",
            "created_at",
            postgresql_where=(purpose == Purpose.ANSWER),
        ),
    )


class Receipt(Base):
    """One status the provider reported for an outgoing message; repeats are one row, order is not trusted."""

    __tablename__ = "receipt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    status: Mapped[str] = mapped_column(Text)
    error_code: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("message_id", "status", "error_code"),)


class SendAttempt(Base):
    """One attempt to send a message: written before the provider is called, so that one that was cut short shows.
    `code`: the provider's; `detail`: what happened, in a word for people who look after the machine."""

    __tablename__ = "send_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[AttemptOutcome | None] = mapped_column(Word(AttemptOutcome))
    code: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("message_id", "number"),)
