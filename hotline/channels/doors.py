"""All ways out behind one port: the channel of a message decides who carries it."""

from __future__ import annotations

from datetime import datetime

from cases.vocabulary import Channel
from hotline.channels.port import FailureClass, Features, NotSent, Outcome, Outgoing, OutgoingChannel


class Doors:
    """`OutgoingChannel` made of several; of two that carry the same channel the first does. What no door leads to is
    not sent, and says so."""

    provider = "doors"

    def __init__(self, *doors: OutgoingChannel) -> None:
        self._doors = {channel: door for door in reversed(doors) for channel in door.features.channels}
        self.features = Features(channels=frozenset(self._doors))

    def door_of(self, channel: Channel) -> OutgoingChannel | None:
        """Who carries this channel."""
        return self._doors.get(channel)

    def provider_of(self, channel: Channel) -> str:
        """The name under which the state of this channel's way is kept."""
        door = self._doors.get(channel)
        return door.provider if door else self.provider

    def can_be_asked(self, channel: Channel) -> bool:
        """True where a message whose sending ended unseen can be looked for."""
        door = self._doors.get(channel)
        return door is not None and door.features.can_be_asked

    def send(self, outgoing: Outgoing) -> Outcome:
        door = self._doors.get(outgoing.channel)
        return door.send(outgoing) if door else NotSent(0, FailureClass.CONFIGURATION)

    def find(self, outgoing: Outgoing, *, since: datetime, known_sids: frozenset[str]) -> Outcome:
        door = self._doors.get(outgoing.channel)
        if door is None:
            return NotSent(0, FailureClass.CONFIGURATION)
        return door.find(outgoing, since=since, known_sids=known_sids)
