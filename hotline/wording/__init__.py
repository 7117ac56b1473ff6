"""The words of automatic messages, for non-programmers to review.

To staff and agencies: one text file a kind and language, with `{names}`; a case reference, never words of a case.
The same in longer words as e-mail under `email/`: the first line is the subject.
To a worker: one file a language (`worker.toml`), a sentence a kind, without names. Nothing in it may tell a reader
over her shoulder whom she wrote to.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")
KINDS = (
    "referral",
    "page_new_case",
    "page_warn",
    "page_breach",
    "page_still_silent",
    "page_possible_duress",
    "page_pattern",
    "page_bundle",
    "call_page",
    "call_done",
    "call_missed",
    "command_done",
    "command_unknown",
)
# What can go by e-mail; the answers to commands cannot, for no command comes that way.
EMAIL_KINDS = (
    "referral",
    "page_new_case",
    "page_warn",
    "page_breach",
    "page_still_silent",
    "page_possible_duress",
    "page_pattern",
)
WORKER_LANGUAGES = ("id", "en", "jv", "su", "mad", "ms")
_HERE = Path(__file__).parent


def render(kind: str, language: str, **values: str) -> str:
    """The words of a kind in a language (Indonesian where the language has none). Raises KeyError for a kind
    that does not exist, and for a name that the file asks for and `values` lacks."""
    if kind in KINDS:
        return _template(language if language in LANGUAGES else "id", kind).format(**values)
    return worker_words(language if language in WORKER_LANGUAGES else "id")[kind]


def wording_of(kind: str, language: str) -> str:
    """The words of a kind with their places unfilled."""
    return _template(language, kind) if kind in KINDS else worker_words(language)[kind]


def render_email(kind: str, language: str, **values: str) -> tuple[str, str]:
    """Subject and text of an e-mail to staff or an agency. Raises KeyError as `render` does."""
    if kind not in EMAIL_KINDS:
        raise KeyError(kind)
    known = language if language in LANGUAGES else "id"
    subject, _, text = _template(known, f"email/{kind}").format(**values).partition("\n")
    return subject, text.strip() + "\n"


@cache
def worker_words(language: str) -> dict[str, str]:
    """Every sentence that the machine may say to a worker in this language, by kind."""
    words = tomllib.loads((_HERE / language / "worker.toml").read_text(encoding="utf-8"))
    del words["review"]
    return words


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
        "step.p3mi_promise": "janji P3MI belum ditepati",
        "page.new_case": "kasus baru",
        "page.warn": "hampir lewat tenggat",
        "page.breach": "LEWAT TENGGAT",
        "page.still_silent": "MASIH TANPA JAWABAN",
        "page.pattern": "beberapa kasus berkaitan",
        "bundle.more": "dan {count} lagi",
    },
    "en": {
        "step.read": "not read yet",
        "step.assign": "nobody responsible yet",
        "step.safe_contact": "no safe contact yet",
        "step.referral_accept": "referral not answered",
        "step.p3mi_promise": "P3MI promise not kept yet",
        "page.new_case": "new case",
        "page.warn": "almost overdue",
        "page.breach": "OVERDUE",
        "page.still_silent": "STILL NO ANSWER",
        "page.pattern": "several cases belong together",
        "bundle.more": "and {count} more",
    },
}
