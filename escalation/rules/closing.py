"""On what grounds a case may be closed now, and from when on the others hold. Plain values, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cases.vocabulary import Category, CloseReason, Family, Role, Urgency, WaitingAbout, family_of
from escalation.rules.sla import WORKING_DAY, WorkingTime, due_at


class CountedFrom(StrEnum):
    """From what moment a ground's time runs."""

    REGISTRATION = "registration"
    ANSWER = "answer"
    TOLD = "told"
    CONTACT = "contact"
    SOLVED = "solved"


class Lack(StrEnum):
    """What a ground's time has not even begun without."""

    ASK_FIRST = "ask_first"
    ASK_CLEARLY = "ask_clearly"
    TELL_HER = "tell_her"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long: calendar days, working days, months."""

    days: int = 0
    working_days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground, as it holds from a day on."""

    reason: CloseReason
    holds_from: date
    basis: str
    source: str
    counted_from: CountedFrom | None = None
    wait: Wait = Wait()
    asked_first: frozenset[Family] = frozenset()
    needs_referral: bool = False
    checks: bool = False
    watch: bool = False
    reopens: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """All of `closing.toml`."""

    version: str
    grounds: Sequence[Ground]
    second_person: frozenset[Category]
    request_expires: timedelta
    reopen_within: timedelta
    checks: Mapping[Urgency, tuple[int, ...]] = field(default_factory=dict)
    watch: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the grounds are judged by. `last_contact_at`: when anything was last heard of her; `solved_since`: since
    when she is being asked whether it is solved; `solved_known`: she, or a human who asked her, has said that it is."""

    leading_category: Category
    opened_at: datetime
    last_contact_at: datetime
    waiting_about: WaitingAbout | None = None
    waiting_since: datetime | None = None
    solved_since: datetime | None = None
    solved_known: bool = False
    referred: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ground stands: possible now, or from a day on, or lacking what would set its time going."""

    ground: Ground
    possible_from: datetime | None = None
    lacks: Lack | None = None

    def is_possible(self, now: datetime) -> bool:
        """True when a case may be closed on it."""
        return self.lacks is None and (self.possible_from is None or self.possible_from <= now)


def ground_on(closing: Closing, reason: CloseReason, day: date) -> Ground | None:
    """The ground as it holds on a day: the latest that has begun by then."""
    held = [one for one in closing.grounds if one.reason is reason and one.holds_from <= day]
    return max(held, key=lambda one: one.holds_from, default=None)


def judge_ground(ground: Ground, facts: CaseFacts, office: WorkingTime) -> Standing:
    """How a ground stands for a case. `office`: whose working days count."""
    if ground.needs_referral and not facts.referred:
        return Standing(ground, lacks=Lack.HAND_OVER)
    start, lack = _start(ground, facts)
    if lack is not None:
        return Standing(ground, lacks=lack)
    return Standing(ground, possible_from=None if start is None else ends(start, ground.wait, office))


def ends(start: datetime, wait: Wait, office: WorkingTime) -> datetime:
    """When a waiting time that began then is over."""
    moment = _months_later(start, wait.months) + timedelta(days=wait.days)
    if wait.working_days:
        moment = due_at(moment, wait.working_days * WORKING_DAY, office) or moment
    return moment


def needs_second_person(closing: Closing, categories: Iterable[str]) -> bool:
    """True for a case of a kind that one person alone does not close."""
    return any(Category(name) in closing.second_person for name in categories)


def may_confirm(*, asked_by: UUID, asked_role: Role, user_id: UUID | None, role: Role | None) -> bool:
    """Somebody else, and one of the two a supervisor."""
    return user_id is not None and user_id != asked_by and Role.SUPERVISOR in {asked_role, role}


def reopens(closing: Closing, ground: Ground | None, closed_at: datetime, now: datetime) -> bool:
    """True when her next words belong to the closed case, and are no new matter."""
    return ground is not None and ground.reopens and now - closed_at <= closing.reopen_within


def _start(ground: Ground, facts: CaseFacts) -> tuple[datetime | None, Lack | None]:
    if ground.counted_from is CountedFrom.REGISTRATION:
        return facts.opened_at, None
    if ground.counted_from is CountedFrom.CONTACT:
        return facts.last_contact_at, None
    if ground.counted_from is CountedFrom.ANSWER:
        asked = facts.waiting_about in {WaitingAbout.ANSWER, WaitingAbout.PAPERS, WaitingAbout.DECISION}
        return (facts.waiting_since, None) if asked else (None, Lack.ASK_CLEARLY)
    if ground.counted_from is CountedFrom.TOLD:
        told = facts.waiting_about is WaitingAbout.CANNOT_BE_SETTLED
        return (facts.waiting_since, None) if told else (None, Lack.TELL_HER)
    if ground.counted_from is CountedFrom.SOLVED:
        return _solved(ground, facts)
    return None, None


def _solved(ground: Ground, facts: CaseFacts) -> tuple[datetime | None, Lack | None]:
    if family_of(facts.leading_category) not in ground.asked_first:
        return None, None
    if facts.solved_since is None:
        return None, Lack.ASK_FIRST
    return (None if facts.solved_known else facts.solved_since), None


def _months_later(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
