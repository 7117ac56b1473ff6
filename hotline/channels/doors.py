"""All ways out behind one port: the channel of a message decides who carries it."""

from __future__ import annotations

from datetime import datetime

from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, NotSent, Outcome, Outgoing, OutgoingChannel


class Doors:
    """`OutgoingChannel` made of several. What no door leads to is not sent, and says so."""

    def __init__(self, *, phones: OutgoingChannel, email: OutgoingChannel, webhook: OutgoingChannel) -> None:
        self._doors = {
            Channel.SMS: phones,
            Channel.WHATSAPP: phones,
            Channel.EMAIL: email,
            Channel.WEBHOOK: webhook,
        }

    def send(self, outgoing: Outgoing) -> Outcome:
        door = self._doors.get(outgoing.channel)
        return door.send(outgoing) if door else NotSent(0, FailureClass.CONFIGURATION)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        door = self._doors.get(outgoing.channel)
        if door is None:
            return NotSent(0, FailureClass.CONFIGURATION)
        return door.find(outgoing, since=since, known_sids=known_sids)
