"""The words of automatic messages: one file a kind and language, for non-programmers to review.

A file is plain text with `{names}`. Nothing here may tell a reader over a worker's shoulder whom she wrote to;
messages to staff and agencies carry a case reference and never words of a case.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")
KINDS = (
    "referral",
    "page_new_case",
    "page_warn",
    "page_breach",
    "page_still_silent",
    "command_done",
    "command_unknown",
    "neutral_reply",
)
_HERE = Path(__file__).parent


def render(kind: str, language: str, **values: str) -> str:
    """The words of a kind in a language (Indonesian where the language has none). Raises KeyError for a name
    that the file asks for and `values` lacks."""
    known = language if language in LANGUAGES else "id"
    return _template(known, kind).format(**values)


def word(group: str, value: str, language: str) -> str:
    """The name of a step or urgency in a message."""
    known = language if language in LANGUAGES else "id"
    return _NAMES[known].get(f"{group}.{value}", value)


@cache
def _template(language: str, kind: str) -> str:
    return (_HERE / language / f"{kind}.txt").read_text(encoding="utf-8").strip()


_NAMES = {
    "id": {
        "step.read": "belum dibaca",
        "step.assign": "belum ada penanggung jawab",
        "step.safe_contact": "belum ada kontak aman",
        "step.referral_accept": "rujukan belum dijawab",
    },
    "en": {
        "step.read": "not read yet",
        "step.assign": "nobody responsible yet",
        "step.safe_contact": "no safe contact yet",
        "step.referral_accept": "referral not answered",
    },
}
