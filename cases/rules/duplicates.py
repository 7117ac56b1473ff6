"""Whether another case may be the same matter, and why. A hint for a human, never an act."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.vocabulary import CaseStatus, Category, HintKind, PartyRole

# A case is new until somebody handles it, and for its first days: later its handler knows what it is.
NEW_FOR = timedelta(days=3)
NEAR = timedelta(hours=48)
SAME_COUNTRY_NEAR = timedelta(hours=6)
# Below twenty letters everybody's words are alike ("tolong saya").
LEAST_LETTERS = 20
ALIKE = 0.55
MOST_SHOWN = 5
_WEIGHT = {
    HintKind.SAME_PERSON: 8,
    HintKind.SAME_EMPLOYER: 5,
    HintKind.SAME_RECRUITER: 3,
    HintKind.SAME_P3MI: 2,
    HintKind.NEAR_WORDS: 4,
    HintKind.PLACE_AND_TIME: 2,
}
COMPANIES = {
    PartyRole.EMPLOYER: HintKind.SAME_EMPLOYER,
    PartyRole.RECRUITER: HintKind.SAME_RECRUITER,
    PartyRole.P3MI: HintKind.SAME_P3MI,
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What of a case tells one matter from another. `words`: the first message."""

    opened_at: datetime
    country: str | None
    province_code: str | None
    regency_code: str | None
    categories: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Hint:
    """One reason. `detail`: a designation or name of what both have; `share`: how alike the words are, 0 to 1."""

    kind: HintKind
    detail: str | None = None
    share: float | None = None


def is_new(status: CaseStatus, opened_at: datetime, now: datetime) -> bool:
    """Whether hints are worth an officer's look."""
    return status is not CaseStatus.CLOSED and (status is CaseStatus.NEW or now - opened_at < NEW_FOR)


def compare(one: Matter, other: Matter) -> list[Hint]:
    """What place, time and words say."""
    hints = []
    apart = abs(one.opened_at - other.opened_at)
    same_category = bool(set(one.categories) & set(other.categories) - {Category.INFO.value})
    if _same_place(one, other) and same_category and apart <= NEAR:
        hints.append(Hint(HintKind.PLACE_AND_TIME, one.regency_code or one.province_code))
    elif one.country and one.country == other.country and same_category and apart <= SAME_COUNTRY_NEAR:
        hints.append(Hint(HintKind.PLACE_AND_TIME, one.country))
    share = likeness(one.words, other.words)
    if share >= ALIKE:
        hints.append(Hint(HintKind.NEAR_WORDS, share=share))
    return hints


def weight(hints: Collection[Hint]) -> float:
    """How much the reasons weigh together. The same country in the same hours alone is worth nothing: in a bad night
    that is every case."""
    kinds = {hint.kind for hint in hints}
    alone = kinds == {HintKind.PLACE_AND_TIME} and all(len(hint.detail or "") == 2 for hint in hints)
    return 0 if alone else sum(_WEIGHT[hint.kind] + (hint.share or 0) for hint in hints)


def likeness(one: str, other: str) -> float:
    """How alike two texts are: the share of three-letter pieces they have in common (Dice), which spelling, order and
    a missing word change little. 0 for texts too short to tell."""
    pieces, others = _pieces(one), _pieces(other)
    if min(len(pieces), len(others)) < LEAST_LETTERS - 2:
        return 0.0
    return 2 * len(pieces & others) / (len(pieces) + len(others))


def heaviest(found: Sequence[tuple[float, object]]) -> list[object]:
    """The few that weigh most, the heaviest first."""
    order = sorted(range(len(found)), key=lambda place: -found[place][0])
    return [found[place][1] for place in order if found[place][0] > 0][:MOST_SHOWN]


def company_name(name: str) -> str:
    """A company's name without what people write or leave out: case, dots, "PT"."""
    words = re.sub(r"[^\w]+", " ", name.casefold()).split()
    kept = [
        word
        for word in words
        if word not in {"pt", "cv", "tbk", "ltd", "co", "sdn", "bhd", "agency", "agensi"}
    ]
    return " ".join(kept or words)


def _same_place(one: Matter, other: Matter) -> bool:
    if one.country != other.country:
        return False
    if one.regency_code and other.regency_code:
        return one.regency_code == other.regency_code
    return bool(one.province_code) and one.province_code == other.province_code


def _pieces(text: str) -> set[str]:
    plain = " ".join(re.findall(r"\w+", text.casefold()))
    return {plain[place : place + 3] for place in range(len(plain) - 2)}
