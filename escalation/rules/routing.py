"""Which agencies a case goes to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cases.vocabulary import AgencyKind, Category, Side, Urgency

NO_RULE = "no_rule"
U1_DUTY_ROOM = "u1_duty_room"


@dataclass(frozen=True, slots=True)
class AgencyEntry:
    """An agency as routing sees it."""

    id: UUID
    key: str
    kind: AgencyKind
    country: str | None
    province_code: str | None
    regency_code: str | None
    city: str | None
    is_main: bool
    timezone: str
    weekend: frozenset[int]
    accredited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """For one category on one side: who leads, who supports, who may know only on a named basis."""

    id: str
    lead: tuple[AgencyKind, ...]
    support: tuple[AgencyKind, ...]
    consent: tuple[AgencyKind, ...]


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """All rules of one version."""

    version: str
    rules: Mapping[tuple[Category, Side], Rule]


@dataclass(frozen=True, slots=True)
class Facts:
    """What routing looks at."""

    side: Side
    country: str | None
    province_code: str | None
    regency_code: str | None
    leading_category: Category
    urgency: Urgency
    words: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One agency put forward. `rule` says by which rule; `send_now` that nobody need confirm it."""

    agency: AgencyEntry
    is_lead: bool
    send_now: bool
    needs_consent: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Directory:
    """The agencies, indexed by what routing asks for."""

    duty_room: AgencyEntry | None
    kemlu: AgencyEntry | None
    missions: Mapping[str, tuple[AgencyEntry, ...]] = field(default_factory=dict)
    by_province: Mapping[tuple[AgencyKind, str], tuple[AgencyEntry, ...]] = field(default_factory=dict)
    by_regency: Mapping[tuple[AgencyKind, str], AgencyEntry] = field(default_factory=dict)
    by_id: Mapping[UUID, AgencyEntry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[AgencyEntry]) -> Directory:
        """Index the given agencies."""
        missions: dict[str, list[AgencyEntry]] = {}
        by_province: dict[tuple[AgencyKind, str], list[AgencyEntry]] = {}
        by_regency: dict[tuple[AgencyKind, str], AgencyEntry] = {}
        listed = sorted(entries, key=lambda entry: (not entry.is_main, entry.key))
        for entry in listed:
            if entry.kind is AgencyKind.MISSION:
                for country in (entry.country, *entry.accredited):
                    if country:
                        missions.setdefault(country, []).append(entry)
            if entry.province_code:
                by_province.setdefault((entry.kind, entry.province_code), []).append(entry)
            if entry.regency_code:
                by_regency.setdefault((entry.kind, entry.regency_code), entry)
        return cls(
            duty_room=next((entry for entry in listed if entry.kind is AgencyKind.DUTY_ROOM), None),
            kemlu=next((entry for entry in listed if entry.kind is AgencyKind.KEMLU), None),
            missions={country: tuple(found) for country, found in missions.items()},
            by_province={key: tuple(found) for key, found in by_province.items()},
            by_regency=by_regency,
            by_id={entry.id: entry for entry in listed},
        )


def route(facts: Facts, rules: RoutingRules, directory: Directory) -> tuple[Proposal, ...]:
    """The agencies for a case, the lead first, each once.

    U1 goes at once to the lead and to the duty room; everything else is proposed to an officer. A case that
    no rule or no agency fits goes to the duty room under the rule `no_rule`, so that it is noticed.
    """
    rule = rules.rules.get((facts.leading_category, facts.side))
    is_u1 = facts.urgency is Urgency.U1
    found: dict[UUID, Proposal] = {}
    if rule is not None:
        for kinds, is_lead, needs_consent in (
            (rule.lead, True, False),
            (rule.support, False, False),
            (rule.consent, False, True),
        ):
            for kind in kinds:
                agency = _agency(kind, facts, directory)
                if agency is not None and agency.id not in found:
                    send_now = is_u1 and is_lead
                    found[agency.id] = Proposal(agency, is_lead, send_now, needs_consent, rule.id)
    nobody_leads = not any(proposal.is_lead for proposal in found.values())
    duty_room = directory.duty_room
    if duty_room is not None and duty_room.id not in found and (is_u1 or nobody_leads):
        reason = NO_RULE if nobody_leads else U1_DUTY_ROOM
        found[duty_room.id] = Proposal(duty_room, nobody_leads, is_u1, False, reason)
    return tuple(found.values())


def _agency(kind: AgencyKind, facts: Facts, directory: Directory) -> AgencyEntry | None:
    if kind is AgencyKind.DUTY_ROOM:
        return directory.duty_room
    if kind is AgencyKind.KEMLU:
        return directory.kemlu
    if kind is AgencyKind.MISSION:
        return _mission(facts, directory)
    if facts.regency_code and (found := directory.by_regency.get((kind, facts.regency_code))):
        return found
    in_province = directory.by_province.get((kind, facts.province_code or ""), ())
    return in_province[0] if in_province else None


def _mission(facts: Facts, directory: Directory) -> AgencyEntry | None:
    """The mission of the worker's country: the consulate whose city her words name, else the embassy."""
    here = directory.missions.get(facts.country or "", ())
    words = facts.words.casefold()
    for mission in here:
        if mission.city and mission.country == facts.country and mission.city.casefold() in words:
            return mission
    return here[0] if here else None
