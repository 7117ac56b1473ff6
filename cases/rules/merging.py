"""What becomes of two things that stand for one, when two cases become one."""

from __future__ import annotations

from cases.vocabulary import CaseStatus, ReferralStatus, Urgency

# How far a referral has got: of two to one agency the one that is further on goes on.
_FURTHER = (ReferralStatus.PROPOSED, ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.DONE)
LIVE = frozenset(_FURTHER)


def other_goes_on(kept: ReferralStatus, other: ReferralStatus) -> bool:
    """Of two live referrals to one agency: whether that of the merged case goes on, and not the survivor's."""
    return _FURTHER.index(other) > _FURTHER.index(kept)


def united_categories(kept: list[str], other: list[str]) -> list[str]:
    """The categories of both, the survivor's first; INFO says nothing beside another."""
    both = list(dict.fromkeys([*kept, *other]))
    return [one for one in both if one != "INFO"] or both


def united_urgency(kept: Urgency, other: Urgency) -> Urgency:
    """The higher of the two."""
    return Urgency.worst(kept, other)


def may_merge(survivor: CaseStatus, merged: CaseStatus) -> bool:
    """Only open cases become one: what was closed is reopened first, by somebody who says why."""
    return CaseStatus.CLOSED not in {survivor, merged}
