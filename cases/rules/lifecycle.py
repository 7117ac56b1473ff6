"""The moves that exist. States are words, moves are a table: from, to, and what must be said with it."""

from __future__ import annotations

from dataclasses import dataclass

from cases.vocabulary import ActorKind, CaseStatus, ReferralStatus


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: who may make it, and whether a reason must be recorded."""

    who: frozenset[ActorKind]
    needs_reason: bool = False


_STAFF = frozenset({ActorKind.USER})
_STAFF_OR_MACHINE = frozenset({ActorKind.USER, ActorKind.MACHINE})
_ANSWERING = frozenset({ActorKind.USER, ActorKind.AGENCY})

CASE_MOVES: dict[tuple[CaseStatus, CaseStatus], Move] = {
    (CaseStatus.NEW, CaseStatus.OPEN): Move(_STAFF),
    (CaseStatus.NEW, CaseStatus.CLOSED): Move(_STAFF, needs_reason=True),
    (CaseStatus.OPEN, CaseStatus.CLOSED): Move(_STAFF, needs_reason=True),
    (CaseStatus.CLOSED, CaseStatus.OPEN): Move(_STAFF, needs_reason=True),
}

REFERRAL_MOVES: dict[tuple[ReferralStatus, ReferralStatus], Move] = {
    (ReferralStatus.PROPOSED, ReferralStatus.SENT): Move(_STAFF_OR_MACHINE),
    (ReferralStatus.PROPOSED, ReferralStatus.REVOKED): Move(_STAFF_OR_MACHINE),
    (ReferralStatus.SENT, ReferralStatus.ACCEPTED): Move(_ANSWERING),
    (ReferralStatus.SENT, ReferralStatus.REJECTED): Move(_ANSWERING, needs_reason=True),
    (ReferralStatus.SENT, ReferralStatus.REVOKED): Move(_STAFF_OR_MACHINE),
    (ReferralStatus.ACCEPTED, ReferralStatus.DONE): Move(_ANSWERING),
    (ReferralStatus.ACCEPTED, ReferralStatus.REJECTED): Move(_ANSWERING, needs_reason=True),
    (ReferralStatus.ACCEPTED, ReferralStatus.REVOKED): Move(_STAFF_OR_MACHINE),
    # The duty room may be called again for a case it was done with, when another agency gives it back.
    (ReferralStatus.DONE, ReferralStatus.REVOKED): Move(_STAFF_OR_MACHINE),
}


def case_move(current: CaseStatus, wanted: CaseStatus) -> Move | None:
    """The move between two states of a case; None where there is none."""
    return CASE_MOVES.get((current, wanted))


def referral_move(current: ReferralStatus, wanted: ReferralStatus) -> Move | None:
    """The move between two states of a referral; None where there is none."""
    return REFERRAL_MOVES.get((current, wanted))
