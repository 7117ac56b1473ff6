"""What an agency's machine is told, in words that stay (docs/partners.md)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cases.vocabulary import PartnerEvent
from escalation.queries.partner_packet import Packet

_ANSWERS = ("accept", "reject", "done")


def payload_of(event: PartnerEvent, packet: Packet, *, happened_at: datetime, link: str) -> str:
    """The body of one event. `link` is the agency's signed one: whoever holds it answers for the agency."""
    data: dict[str, Any] = {
        "agency": packet.agency,
        "referral": {"id": str(packet.referral_id), "status": packet.status.value},
        "case": {"reference": packet.reference},
    }
    if event is not PartnerEvent.REFERRAL_REVOKED:
        data["referral"] |= {
            "is_lead": packet.is_lead,
            "basis": packet.basis,
            "request": packet.request,
            "sent_at": _moment(packet.sent_at),
            "answer_due_at": _moment(packet.answer_due_at),
        }
        data["case"] |= {
            "status": packet.case_status.value,
            "urgency": packet.urgency.value,
            "country": packet.country,
        }
        if packet.categories is not None:
            data["case"]["categories"] = list(packet.categories)
        data["links"] = {"open": link} | {answer: f"{link}/{answer}" for answer in _ANSWERS}
    body = {"type": event.value, "timestamp": happened_at.isoformat(), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def trial_payload(agency: str, *, now: datetime) -> str:
    """An event that says nothing, for a partner to try its door with."""
    body = {"type": "hotline.test", "timestamp": now.isoformat(), "data": {"agency": agency}}
    return json.dumps(body, separators=(",", ":"))


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
