"""What a report of Twilio's that a message did not arrive means for the same way (`docs/decisions/0021`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.models import Message
from cases.services.same_way import may_go_again, plan_again, sent_on_this_way
from hotline.channels.retrying import next_after_report
from hotline.channels.twilio.error_codes import again_after_report


def heed_report(session: Session, message_id: UUID, *, code: int, now: datetime) -> None:
    """Plan another attempt where the code allows one, in the transaction that took the report in; else nothing."""
    failure = again_after_report(code)
    message = session.get(Message, message_id)
    if failure is None or message is None or message.error_code != code or not may_go_again(session, message):
        return
    at = next_after_report(failure, sent_on_this_way(session, message), now)
    if at is not None:
        plan_again(session, message, at=at)
