"""The rows of one act, gathered and written together at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.database import Base, write_together
from cases.jobs import Delivery, defer_deliveries, defer_fetches
from cases.models import Attachment
from cases.rules.sending import Priority
from cases.services.attachments import Media, attachment_row


class Act:
    """Rows by table, and the outgoing messages by recipient. Nothing is written before `write`."""

    def __init__(self) -> None:
        self.rows: defaultdict[type[Base], list[Mapping[str, Any]]] = defaultdict(list)
        self._changed: defaultdict[type[Base], list[Mapping[str, Any]]] = defaultdict(list)
        self._outgoing: defaultdict[UUID, list[UUID]] = defaultdict(list)
        self._priorities: defaultdict[UUID, list[Priority]] = defaultdict(list)
        self._attached: list[tuple[Mapping[str, Any], int, Media]] = []

    def add(self, model: type[Base], row: Mapping[str, Any]) -> None:
        """Gather one row."""
        self.rows[model].append(row)

    def change(self, model: type[Base], row: Mapping[str, Any]) -> None:
        """Gather one change of an existing row, which `id` names. The caller holds its lock."""
        self._changed[model].append(row)

    def send(self, recipient: UUID, message_id: UUID, *, priority: Priority) -> None:
        """Gather one outgoing message; messages to one recipient travel in one job, the most urgent first."""
        self._outgoing[recipient].append(message_id)
        self._priorities[recipient].append(priority)

    def attach(self, message: Mapping[str, Any], media: Sequence[Media]) -> None:
        """Gather what came with a message; its case is read from the message when everything is written."""
        self._attached.extend((message, position, medium) for position, medium in enumerate(media))

    def write(self, session: Session) -> None:
        """Write everything in the caller's transaction: a round trip, and one for each kind of job."""
        fetches = [attachment_row(*attached) for attached in self._attached]
        self.rows[Attachment].extend(fetches)
        write_together(session, self.rows, self._changed)
        defer_fetches(session, [row["id"] for row in fetches])
        defer_deliveries(
            session,
            [
                _delivery(recipient, message_ids, self._priorities[recipient])
                for recipient, message_ids in self._outgoing.items()
            ],
        )


def _delivery(recipient: UUID, message_ids: Sequence[UUID], priorities: Sequence[Priority]) -> Delivery:
    # Stable: what is equally urgent keeps its order.
    order = sorted(range(len(message_ids)), key=lambda place: -priorities[place])
    return Delivery(recipient, tuple(message_ids[place] for place in order), priority=max(priorities))
