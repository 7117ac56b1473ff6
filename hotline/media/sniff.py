"""What bytes are, by their first bytes; what anybody says of them does not count."""

from __future__ import annotations

import filetype

from cases.rules.media_types import plain_type

_CARD = b"BEGIN:VCARD"
_MARK = b"\xef\xbb\xbf"


def sniff(content: bytes) -> str | None:
    """The type under its usual name; None for what has no mark of its own."""
    if content.removeprefix(_MARK).lstrip()[: len(_CARD)].upper() == _CARD:
        return "text/vcard"
    found = filetype.guess(content)
    return plain_type(found.mime) if found is not None else None
