"""Pages that reached a phone in one message."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from cases.models import Case, Message
from escalation.models import Page


def pages_sent_with(session: Session, page: Page) -> Sequence[Page]:
    """The other pages of the message in which this one went out, the most urgent first."""
    carrier_id = page.message.carried_by_id or page.message_id
    query = (
        select(Page)
        .join(Message, Message.id == Page.message_id)
        .join(Case, Case.id == Page.case_id)
        .where(
            or_(Message.carried_by_id == carrier_id, Message.id == carrier_id),
            Page.id != page.id,
            Page.contact_id == page.contact_id,
        )
        .options(joinedload(Page.case))
        .order_by(Case.urgency, Page.created_at)
    )
    return session.scalars(query).all()
