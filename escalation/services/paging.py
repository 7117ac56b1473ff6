"""Paging: a row that says who was called for what, and the message that calls them."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from cases.database import new_id
from cases.models import Message
from cases.rules.sending import priority_of
from cases.services.outbox import outgoing_row
from cases.vocabulary import MessageKind, PageKind, Step, Urgency
from escalation.models import Page
from escalation.queries.on_call import OnCall
from escalation.services.act import Act

_CODES = 1_000_000


def add_page(
    act: Act,
    contact: OnCall,
    kind: PageKind,
    *,
    case_id: UUID,
    reference: str,
    urgency: Urgency,
    now: datetime,
    clock_id: UUID | None = None,
    step: Step | None = None,
    rung: int = 0,
    repeat: int = 0,
) -> UUID:
    """Gather a page and its message. The six digits of `code`, sent back, acknowledge it; returns the page's id."""
    page_id = new_id()
    code = f"{secrets.randbelow(_CODES):06d}"
    message = outgoing_row(
        case_id=case_id,
        kind=MessageKind.PAGE,
        channel=contact.channel,
        now=now,
        contact_id=contact.id,
        wording=f"page_{kind.value}",
        parameters={
            "page": str(page_id),
            "code": code,
            "reference": reference,
            "urgency": urgency.value,
            "step": step.value if step else None,
        },
        language=contact.language,
    )
    act.add(Message, message)
    act.add(
        Page,
        {
            "id": page_id,
            "case_id": case_id,
            "clock_id": clock_id,
            "contact_id": contact.id,
            "message_id": message["id"],
            "kind": kind.value,
            "rung": rung,
            "repeat": repeat,
            "code": code,
            "created_at": now,
        },
    )
    priority = priority_of(MessageKind.PAGE, parameters=message["parameters"])
    act.send(contact.id, message["id"], priority=priority)
    return page_id
