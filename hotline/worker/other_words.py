"""The words of messages that are no text on a phone: e-mails, and events for agencies' machines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.services.outbox import Attempt
from cases.vocabulary import Channel, PartnerEvent
from escalation.queries.partner_packet import packet_of
from hotline.channels.webhook.payload import payload_of
from hotline.config import Settings
from hotline.security.links import REFERRAL, sign
from hotline.wording import render_email


def other_words(
    session: Session, attempt: Attempt, values: Mapping[str, str], settings: Settings
) -> str | None:
    """The body of an e-mail or of an event; None for a message of any other channel, whose words are a text's."""
    if attempt.channel is Channel.EMAIL:
        return render_email(attempt.wording or "", attempt.language, **values)[1]
    if attempt.channel is Channel.WEBHOOK:
        return _event(session, attempt, settings)
    return None


def subject_of(attempt: Attempt, values: Mapping[str, str]) -> str:
    """The subject of an e-mail; other channels have none."""
    if attempt.channel is not Channel.EMAIL:
        return ""
    return render_email(attempt.wording or "", attempt.language, **values)[0]


def _event(session: Session, attempt: Attempt, settings: Settings) -> str:
    packet = packet_of(session, UUID(attempt.parameters["referral"]))
    token = sign(REFERRAL, packet.referral_id, secret_key=settings.secret_key)
    return payload_of(
        PartnerEvent(attempt.wording or ""),
        packet,
        happened_at=datetime.fromisoformat(attempt.parameters["at"]),
        link=f"{settings.public_url}/r/{token}",
    )
