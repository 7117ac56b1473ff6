"""Whether a message to a person may be sent, and in which words (domain brief, design rules for contact)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cases.rules.safe_hours import Span, is_safe_at, next_safe
from cases.vocabulary import Channel, ContactPermission, ContactSign, HoldReason, PhoneHolder, Purpose

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
    """The part of a contact plan that decides; the defaults are what is known of a stranger: nothing.

    `hours` are safe hours in `zone`, the person's local time; none means any. `in_duress`: the duress word was
    given and no officer has cleared it since.
    """

    reply: ContactPermission = ContactPermission.UNKNOWN
    call: ContactPermission = ContactPermission.UNKNOWN
    signs: frozenset[ContactSign] = frozenset()
    holder: PhoneHolder = PhoneHolder.UNKNOWN
    channel: Channel | None = None
    hours: tuple[Span, ...] = ()
    zone: str = "UTC"
    in_duress: bool = False

    @property
    def is_watched(self) -> bool:
        """True where somebody else may read what is sent: then also an allowed reply must be neutral."""
        return self.holder in _OTHERS or bool(self.signs & _WATCHED)


NOTHING_KNOWN = Plan()
_OTHERS = frozenset({PhoneHolder.SHARED, PhoneHolder.EMPLOYER, PhoneHolder.AGENCY})
_WATCHED = frozenset({ContactSign.PHONE_NOT_PRIVATE, ContactSign.BORROWED_PHONE})

# An answering machine at the other end must not make us talk for ever: after this many automatic answers to
# one address within ANSWERS_WITHIN, a human decides. Twelve questions and a little more.
MOST_ANSWERS = 20
ANSWERS_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message is to go: the channel, and what is known of the number or id behind it."""

    channel: Channel
    opted_out: bool = False
    in_doubt: bool = False
    passed_on: bool = False
    answers_lately: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` None: send it. OUTSIDE_HOURS: send it at `until`. Any other reason: a human decides.

    `words` names what betrays, for BETRAYING_WORDS.
    """

    reason: HoldReason | None = None
    words: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def is_held(self) -> bool:
        """True when a human must decide."""
        return self.reason is not None and self.until is None


def judge_contact(
    plan: Plan, destination: Destination, *, purpose: Purpose, body: str | None, now: datetime
) -> Verdict:
    """May this be sent to this person now? `body` None: words from our own neutral wording.

    The order is from what nobody may overrule to what time heals. A stranger gets no automatic message: a
    phone that buzzes unasked may be in the wrong hand; silence costs minutes until an officer looks, a wrong
    buzz may cost her (docs/decisions/0008). Officers may write to her in words that betray nothing.
    """
    reason = _forbidden(plan, destination) or _forbidden_to_the_machine(plan, destination, purpose)
    if reason is not None:
        return Verdict(reason)
    if body is not None and (_must_be_neutral(plan, destination) and (found := betraying_words(body))):
        return Verdict(HoldReason.BETRAYING_WORDS, found)
    # She has the phone in her hand when she has just written: an answer need not wait for her hours.
    if purpose is not Purpose.ANSWER and not is_safe_at(plan.hours, plan.zone, now):
        return Verdict(HoldReason.OUTSIDE_HOURS, until=next_safe(plan.hours, plan.zone, now))
    return Verdict()


def _forbidden(plan: Plan, destination: Destination) -> HoldReason | None:
    if destination.passed_on:
        return HoldReason.PASSED_ON
    if destination.opted_out:
        return HoldReason.OPTED_OUT
    if plan.reply is ContactPermission.FORBIDDEN or ContactSign.DO_NOT_REPLY in plan.signs:
        return HoldReason.FORBIDDEN_BY_PLAN
    if plan.channel is not None and plan.channel is not destination.channel:
        return HoldReason.CHANNEL_NOT_SAFE
    return None


def _forbidden_to_the_machine(plan: Plan, destination: Destination, purpose: Purpose) -> HoldReason | None:
    if purpose is Purpose.REPLY:
        return None
    if destination.in_doubt:
        return HoldReason.NUMBER_IN_DOUBT
    if plan.in_duress:
        return HoldReason.DURESS
    if plan.reply is not ContactPermission.ALLOWED:
        return HoldReason.NOTHING_KNOWN
    if destination.answers_lately >= MOST_ANSWERS:
        return HoldReason.TOO_MANY_ANSWERS
    return None


def _must_be_neutral(plan: Plan, destination: Destination) -> bool:
    return (
        plan.reply is not ContactPermission.ALLOWED
        or plan.is_watched
        or plan.in_duress
        or destination.in_doubt
    )


def betraying_words(body: str) -> tuple[str, ...]:
    """The words of a text that would show whom it comes from, in order, each once."""
    words = (match.group().casefold() for match in _WORD.finditer(body))
    return tuple(dict.fromkeys(word for word in words if word in BETRAYING_WORDS))


def narrowed(plan: Plan, signs: Iterable[ContactSign]) -> Plan:
    """The plan after a person's own words: they can forbid, never allow."""
    all_signs = plan.signs | frozenset(signs)
    forbidden = ContactPermission.FORBIDDEN
    return replace(
        plan,
        reply=forbidden if ContactSign.DO_NOT_REPLY in all_signs else plan.reply,
        call=forbidden
        if all_signs & {ContactSign.DO_NOT_CALL, ContactSign.DO_NOT_REPLY, ContactSign.PHONE_NOT_PRIVATE}
        else plan.call,
        signs=all_signs,
    )
