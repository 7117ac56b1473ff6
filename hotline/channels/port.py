"""What every outgoing channel promises: send one message, and find out later whether it was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cases.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Template:
    """An approved wording of WhatsApp by its name there, with the values of its places in order."""

    name: str
    language: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to go. `message_id` is our own id; it travels in the callback address."""

    message_id: UUID
    channel: Channel
    to: str
    body: str
    # In which a call is spoken, an e-mail written.
    language: str = "id"
    # A template of Twilio's, with what fills its places; `body` are the words that come of it.
    content_sid: str | None = None
    content_variables: dict[str, str] = field(default_factory=dict)
    # Of an e-mail: the other channels have none.
    subject: str = ""
    # Of WhatsApp outside its window: sent instead of `body`, which then is what the person reads.
    template: Template | None = None
    # Of an agency's machine: what to sign with, the lasting one first.
    secrets: tuple[str, ...] = field(default=(), repr=False)


# Failures of all we ask, whatever the message (Twilio's codes; an adapter of another provider gives the same).
BAD_CREDENTIALS, TOO_MANY_REQUESTS = 20003, 20429


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


@dataclass(frozen=True, slots=True)
class Features:
    """What a provider can do. `can_be_asked`: `find` sees whether it has a message. `repeats_safely`: the receiving
    side knows a repeat as one, so that sending again needs no asking. `reports`: it tells later how far a message
    got. `templates`: it takes a wording that WhatsApp approved."""

    channels: frozenset[Channel]
    can_be_asked: bool = False
    repeats_safely: bool = False
    reports: bool = False
    templates: bool = False


class OutgoingChannel(Protocol):
    """One provider behind the pipeline. What every one must keep is in tests/adapter_contract.py."""

    @property
    def provider(self) -> str:
        """Its name in figures and tables, and where its state is kept (`cases.models.Way`)."""

    @property
    def features(self) -> Features:
        """What it can do, and which channels it carries."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one message over. Never raises for what a provider or a network does. A channel that is not among
        its features is not sent (CONFIGURATION), and no provider is called for it."""

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        """After an attempt whose end nobody saw: Sent when the provider has it; NotSent when it does not, or when
        sending again does no harm, or when waiting longer would do more; Unknown to be asked again in a while."""
