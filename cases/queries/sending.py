"""What was tried for the outgoing messages of a case, when, what came back, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message, Receipt, SendAttempt, Task
from cases.rules.outlook import outlook
from cases.vocabulary import Outlook


@dataclass(frozen=True, slots=True)
class Sending:
    """The way of one outgoing message. `replaced_by`: the message that was sent in its place."""

    message: Message
    attempts: Sequence[SendAttempt]
    receipts: Sequence[Receipt]
    replaced_by: UUID | None
    next: Outlook

    @property
    def next_at(self) -> datetime | None:
        """When; None where it does not depend on a time of ours."""
        return self.message.next_attempt_at or self.message.ask_at


def sendings_of_case(
    session: Session, case: Case, messages: Sequence[Message], tasks: Sequence[Task]
) -> Mapping[UUID, Sending]:
    """The ways of the outgoing ones among `messages`, which are all of this case's, by id; two queries, however
    many there are. `tasks`: the open ones of the case."""
    attempts: dict[UUID, list[SendAttempt]] = {}
    receipts: dict[UUID, list[Receipt]] = {}
    of_case = select(Message.id).where(Message.case_id == case.id)
    tried = select(SendAttempt).where(SendAttempt.message_id.in_(of_case)).order_by(SendAttempt.number)
    for attempt in session.scalars(tried):
        attempts.setdefault(attempt.message_id, []).append(attempt)
    told = select(Receipt).where(Receipt.message_id.in_(of_case)).order_by(Receipt.received_at, Receipt.id)
    for receipt in session.scalars(told):
        receipts.setdefault(receipt.message_id, []).append(receipt)
    successors = {message.replaces_id: message.id for message in messages if message.replaces_id}
    asked = {task.message_id for task in tasks if task.message_id}
    return {
        message.id: Sending(
            message=message,
            attempts=attempts.get(message.id, ()),
            receipts=receipts.get(message.id, ()),
            replaced_by=successors.get(message.id),
            next=outlook(
                message.delivery,
                attempts=message.attempts,
                replaced=message.id in successors,
                task_open=message.id in asked,
                will_ask=message.ask_at is not None,
                again=message.next_attempt_at is not None,
            ),
        )
        for message in messages
        if message.delivery is not None
    }
