"""Where a list of the console goes on: the last row of the page before, in the address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import request


def write_position(moment: datetime, last_id: UUID) -> str:
    """The position behind this row."""
    return f"{moment.isoformat()}_{last_id}"


def position() -> tuple[datetime, UUID] | None:
    """The position in the address; a broken one shows the first page."""
    moment, _separator, last_id = request.args.get("after", "").partition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(last_id)) if at.tzinfo else None
    except ValueError:
        return None
