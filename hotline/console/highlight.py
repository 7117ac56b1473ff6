"""Showing in a message the words that triage rests on."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from hotline.labels import label


def highlighted(body: str | None, evidence: list[dict[str, Any]] | None) -> Markup:
    """The message with its evidence marked. Everything a person wrote is escaped."""
    text = body or ""
    shown, at = [], 0
    for found in sorted(evidence or (), key=lambda one: (one["start"], -one["end"])):
        start, end = found["start"], found["end"]
        if start < at or end > len(text) or start >= end:
            continue
        told = " ".join(
            [label(found[key]) for key in ("urgency", "category") if found.get(key)]
            + (["(" + _("disangkal") + ")"] if found.get("negated") else [])
        )
        style = "evidence-negated" if found.get("negated") else f"evidence-{found.get('urgency') or 'none'}"
        shown += [
            escape(text[at:start]),
            Markup('<mark class="evidence {}" title="{}">').format(style, told),
            escape(text[start:end]),
            Markup('<span class="visually-hidden"> [{}]</span></mark>').format(told),
        ]
        at = end
    return Markup("").join([*shown, escape(text[at:])])
