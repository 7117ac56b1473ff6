"""Whether a message to a person may be sent, and in which words (domain brief, design rules for contact)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cases.vocabulary import ContactPermission, ContactSign

# Words that show a watching employer whom she wrote to. Until the contact plan says that replies are safe,
# no reply may contain one of them.
BETRAYING_WORDS = frozenset(
    [
        "kp2mi",
        "bp2mi",
        "bp3mi",
        "p4mi",
        "kbri",
        "kjri",
        "kdei",
        "kemlu",
        "kedutaan",
        "konsulat",
        "kementerian",
        "ministry",
        "embassy",
        "consulate",
        "hotline",
        "pengaduan",
        "aduan",
        "lapor",
        "laporan",
        "melapor",
        "kasus",
        "case",
        "polisi",
        "police",
        "imigrasi",
        "immigration",
        "trc",
        "darurat",
        "emergency",
        "penyelamatan",
        "rescue",
        "korban",
        "victim",
        "bantuan",
        "pemerintah",
        "government",
    ]
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a contact plan that decides; the defaults are what is known of a stranger: nothing."""

    reply: ContactPermission = ContactPermission.UNKNOWN
    call: ContactPermission = ContactPermission.UNKNOWN
    signs: frozenset[ContactSign] = frozenset()


NOTHING_KNOWN = Plan()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allowed`, and if not, why: `forbidden_by_plan` or `betraying_words` (then `words` names them)."""

    allowed: bool
    reason: str = ""
    words: tuple[str, ...] = ()


def may_reply_automatically(plan: Plan) -> bool:
    """Only where somebody established that replies are safe.

    A phone that buzzes unasked may be in the wrong hand: silence costs minutes until an officer looks, a wrong
    buzz may cost her. So a stranger gets no automatic answer (docs/decisions/0008).
    """
    return plan.reply is ContactPermission.ALLOWED and ContactSign.DO_NOT_REPLY not in plan.signs


def may_reply(plan: Plan, body: str) -> Verdict:
    """Judge an officer's reply: refused where the plan forbids it; while nothing is known, only neutral words."""
    if plan.reply is ContactPermission.FORBIDDEN:
        return Verdict(allowed=False, reason="forbidden_by_plan")
    if plan.reply is ContactPermission.ALLOWED:
        return Verdict(allowed=True)
    found = betraying_words(body)
    if found:
        return Verdict(allowed=False, reason="betraying_words", words=found)
    return Verdict(allowed=True)


def betraying_words(body: str) -> tuple[str, ...]:
    """The words of a text that would show whom it comes from, in order, each once."""
    words = (match.group().casefold() for match in _WORD.finditer(body))
    return tuple(dict.fromkeys(word for word in words if word in BETRAYING_WORDS))


def narrowed(plan: Plan, signs: Iterable[ContactSign]) -> Plan:
    """The plan after a person's own words: they can forbid, never allow."""
    all_signs = plan.signs | frozenset(signs)
    forbidden = ContactPermission.FORBIDDEN
    return Plan(
        reply=forbidden if ContactSign.DO_NOT_REPLY in all_signs else plan.reply,
        call=forbidden
        if all_signs & {ContactSign.DO_NOT_CALL, ContactSign.DO_NOT_REPLY, ContactSign.PHONE_NOT_PRIVATE}
        else plan.call,
        signs=all_signs,
    )
