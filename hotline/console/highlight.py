"""Showing in a message the words that triage rests on."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from cases.vocabulary import ReasonKind
from hotline.labels import label

_MOST_WORDS = 4


def reason_told(body: str | None, triage: dict[str, Any] | None) -> str:
    """Why the machine gave a message its level, in a sentence; nothing where it says nothing."""
    reason = (triage or {}).get("reason")
    if not triage or not reason:
        return ""
    level = label(triage["urgency"])
    said = _said(body or "", triage)
    if reason["kind"] == ReasonKind.PHRASE:
        return _("Mesin menilai %(level)s: %(words)s selalu berarti bahaya.", level=level, words=said)
    if not said:
        return _("Mesin menilai %(level)s (keyakinan %(share)s%%).", level=level, share=reason["certainty"])
    return _(
        "Mesin menilai %(level)s (keyakinan %(share)s%%), terutama karena %(words)s.",
        level=level,
        share=reason["certainty"],
        words=said,
    )


def _said(text: str, triage: dict[str, Any]) -> str:
    """The words of the message that spoke for its level, in quotes."""
    spans = [
        text[found["start"] : found["end"]]
        for found in triage.get("evidence", ())
        if found.get("urgency") == triage["urgency"] and not found.get("negated")
    ]
    return ", ".join(f"„{' '.join(words.split())}”" for words in list(dict.fromkeys(spans))[:_MOST_WORDS])


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
