"""What every outgoing channel promises: send one message, and find out later whether it was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cases.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to go. `message_id` is our own id; it travels in the callback address."""

    message_id: UUID
    channel: Channel
    to: str
    body: str
    # Of an e-mail: the other channels have none.
    subject: str = ""
    language: str = "id"
    # Of an agency's machine: what to sign with, the lasting one first.
    secrets: tuple[str, ...] = field(default=(), repr=False)


class FailureClass(StrEnum):
    """What a failure means for the next step (data: `error_codes.toml`)."""

    RETRY = "retry"
    RETRY_SLOWLY = "retry_slowly"
    ADDRESS = "address"
    OPTED_OUT = "opted_out"
    OTHER_CHANNEL = "other_channel"
    CONTENT = "content"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it. `status` is its word for how far."""

    sid: str
    status: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider certainly does not have it. `code` is the provider's (0: never reached it)."""

    code: int
    failure: FailureClass


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have been sent: ask before sending again."""

    reason: str


Outcome = Sent | NotSent | Unknown


class OutgoingChannel(Protocol):
    """A provider of SMS and WhatsApp."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. Never raises for what a provider or a network does."""

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        """Look for a message whose sending ended unknown. Sent, NotSent (it is not there) or Unknown."""
