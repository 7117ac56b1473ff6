"""Things that may be called by their key or by their id."""

from __future__ import annotations

from uuid import UUID


def key_or_id(text: str | None) -> str | UUID | None:
    """An id where the text is one, else a key; None for nothing."""
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        return text
