"""Where a page of the queue ends, as its address says it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from cases.queries.queue import Position, QueueFilter
from cases.vocabulary import Urgency


def write_position(position: Position) -> str:
    """A position for an address."""
    urgency, due, case_id = position
    return urlsafe_b64encode(json.dumps([urgency, due.isoformat(), str(case_id)]).encode()).decode()


def read_position(text: str, wanted: QueueFilter) -> Position | None:
    """A position from the address; a broken one, or one of another list, shows the first page."""
    if not text:
        return None
    try:
        urgency, due, case_id = json.loads(urlsafe_b64decode(text))
        moment = datetime.fromisoformat(due)
        if wanted.only_closed != (urgency == "") or moment.tzinfo is None:
            return None
        return urgency and Urgency(urgency).value, moment, UUID(case_id)
    except (ValueError, TypeError):
        return None
