"""Attachments for tests: rows with bytes in the application's own store."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Message
from cases.vocabulary import AttachmentState, Direction
from hotline.media.serving import EXTENSION

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def add_attachment(
    app: Flask,
    session: Session,
    case: Case,
    content: bytes = PDF,
    kind: str = "application/pdf",
    **more: Any,
) -> Attachment:
    """A stored attachment of the case's first message."""
    message = session.scalars(
        select(Message).where(Message.case_id == case.id, Message.direction == Direction.IN).limit(1)
    ).one()
    taken = session.scalars(select(Attachment.position).where(Attachment.message_id == message.id)).all()
    values: dict[str, Any] = {
        "state": AttachmentState.STORED,
        "declared_type": kind,
        "media_type": kind,
        "size": len(content),
        "sha256": app.extensions[EXTENSION].put(content),
        "stored_at": message.created_at,
    }
    row = Attachment(
        message_id=message.id,
        case_id=case.id,
        position=len(taken),
        source_url="https://api.twilio.com/x",
        received_at=message.created_at,
        **(values | more),
    )
    session.add(row)
    session.commit()
    return row


def refused_attachment(app: Flask, session: Session, case: Case) -> Attachment:
    """One that could not be fetched."""
    nothing = {"media_type": None, "size": None, "sha256": None, "stored_at": None}
    return add_attachment(app, session, case, state=AttachmentState.REFUSED, reason="too_large", **nothing)
