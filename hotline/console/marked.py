"""What was found, shown within what surrounds it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from cases.queries.search import MARKS

_FOUND = re.compile(f"{MARKS[0]}([^{MARKS[0]}{MARKS[1]}]*){MARKS[1]}")


def marked(excerpt: str) -> Markup:
    """The excerpt as HTML, its words as they were written and those that were found marked."""
    pieces, at = Markup(""), 0
    for found in _FOUND.finditer(excerpt):
        pieces += (
            escape(excerpt[at : found.start()]) + Markup("<mark>") + escape(found[1]) + Markup("</mark>")
        )
        at = found.end()
    return pieces + escape(excerpt[at:])
