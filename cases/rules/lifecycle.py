"""The moves that exist. States are words, moves are a table: from, to, and what must be said with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cases.vocabulary import ActorKind, CaseStatus, ReferralStatus, Urgency


class Given(StrEnum):
    """What must be given with a move."""

    OWNER = "owner"
    EXPLANATION = "explanation"
    WAITING_ABOUT = "waiting_about"
    ASKED_AGENCY = "asked_agency"
    GROUND = "ground"


class Starts(StrEnum):
    """What a move sets going."""

    READ_KEPT = "read_kept"
    ASSIGN_KEPT = "assign_kept"
    ASSIGN_CLOCK = "assign_clock"
    LOOK_AGAIN = "look_again"
    SOLVED_QUESTION = "solved_question"
    CLOCKS_END = "clocks_end"
    SAFETY_CHECKS = "safety_checks"
    FRESH_CLOCKS = "fresh_clocks"


@dataclass(frozen=True, slots=True)
class CaseMove:
    """One allowed move of a case: who may make it, what must be given with it, and what it starts."""

    who: frozenset[ActorKind]
    needs: frozenset[Given] = frozenset()
    starts: frozenset[Starts] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: who may make it, and whether a reason must be recorded."""

    who: frozenset[ActorKind]
    needs_reason: bool = False


_STAFF = frozenset({ActorKind.USER})
_STAFF_OR_MACHINE = frozenset({ActorKind.USER, ActorKind.MACHINE})
_ANSWERING = frozenset({ActorKind.USER, ActorKind.AGENCY})

_WORKED = frozenset(
    {CaseStatus.OPEN, CaseStatus.WAITING_FOR_WORKER, CaseStatus.WAITING_FOR_AGENCY, CaseStatus.RESOLVED}
)
_NOBODYS = frozenset({CaseStatus.NEW, CaseStatus.TRIAGED})
# Also an agency's duty officer who answers a page takes the case by it.
_TAKING = frozenset({ActorKind.USER, ActorKind.AGENCY, ActorKind.MACHINE})
_STAFF_OR_WORKER = frozenset({ActorKind.USER, ActorKind.WORKER})
_ANYBODY = frozenset(ActorKind)


def _case_moves() -> dict[tuple[CaseStatus, CaseStatus], CaseMove]:
    explained = frozenset({Given.EXPLANATION})
    taken = CaseMove(_TAKING, frozenset({Given.OWNER}), frozenset({Starts.READ_KEPT, Starts.ASSIGN_KEPT}))
    ended = CaseMove(
        _STAFF,
        explained | {Given.GROUND},
        frozenset({Starts.CLOCKS_END, Starts.SAFETY_CHECKS}),
    )
    for_worker = CaseMove(
        _STAFF, explained | {Given.OWNER, Given.WAITING_ABOUT}, frozenset({Starts.LOOK_AGAIN})
    )
    for_agency = CaseMove(
        _STAFF, explained | {Given.OWNER, Given.ASKED_AGENCY}, frozenset({Starts.LOOK_AGAIN})
    )
    # The owner did nothing for too long.
    lost = CaseMove(_STAFF_OR_MACHINE, starts=frozenset({Starts.ASSIGN_CLOCK}))
    solved = CaseMove(_STAFF, explained | {Given.OWNER}, frozenset({Starts.SOLVED_QUESTION}))
    taken_up = CaseMove(_STAFF_OR_WORKER, explained, frozenset({Starts.FRESH_CLOCKS}))
    new, triaged, worked, worker, agency, resolved, closed = CaseStatus
    moves = {
        (new, triaged): CaseMove(_STAFF, starts=frozenset({Starts.READ_KEPT})),
        (new, worked): taken,
        (triaged, worked): taken,
        (worked, worker): for_worker,
        (worked, agency): for_agency,
        (worker, agency): for_agency,
        (agency, worker): for_worker,
        # A message of hers, an agency's answer, or an officer ends the waiting.
        (worker, worked): CaseMove(_ANYBODY),
        (agency, worked): CaseMove(_ANYBODY),
        (resolved, worked): CaseMove(_STAFF_OR_WORKER),
        (closed, worked): taken_up,
        (closed, new): taken_up,
    }
    for status in _WORKED - {resolved}:
        moves[status, resolved] = solved
    for status in _WORKED:
        moves[status, triaged] = lost
    for status in _WORKED | _NOBODYS:
        moves[status, closed] = ended
    return moves


CASE_MOVES: dict[tuple[CaseStatus, CaseStatus], CaseMove] = _case_moves()

# When to look again at what is waited for: the brief's "review while open" (3.3), in days.
LOOK_AGAIN_DAYS = {Urgency.U1: 1, Urgency.U2: 2, Urgency.U3: 7, Urgency.U4: 30}

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


def case_move(current: CaseStatus, wanted: CaseStatus) -> CaseMove | None:
    """The move between two states of a case; None where there is none."""
    return CASE_MOVES.get((current, wanted))


def possible_moves(current: CaseStatus, who: ActorKind) -> tuple[CaseStatus, ...]:
    """Where a case in this state can go by this hand, in the order of the states."""
    return tuple(
        wanted
        for wanted in CaseStatus
        if (move := CASE_MOVES.get((current, wanted))) is not None and who in move.who
    )


def taken_status(current: CaseStatus) -> CaseStatus:
    """The state of an open case that gets an owner: what nobody had is worked on now, the rest stays what it is."""
    return CaseStatus.OPEN if current in _NOBODYS else current


def heard_status(current: CaseStatus) -> CaseStatus:
    """The state of a case of which the worker has just told something new: nothing waits for her any more."""
    return current if current not in {CaseStatus.WAITING_FOR_WORKER, CaseStatus.RESOLVED} else CaseStatus.OPEN


def reopened_status(*, has_owner: bool) -> CaseStatus:
    """The state of a closed case that is taken up again."""
    return CaseStatus.OPEN if has_owner else CaseStatus.NEW


def united_status(kept: CaseStatus, other: CaseStatus, *, has_owner: bool) -> CaseStatus:
    """The state of a case that another open one went into: worked on, unless both were at the same."""
    if kept is other and not (has_owner and kept in _NOBODYS):
        return kept
    return CaseStatus.OPEN if has_owner else kept


def referral_move(current: ReferralStatus, wanted: ReferralStatus) -> Move | None:
    """The move between two states of a referral; None where there is none."""
    return REFERRAL_MOVES.get((current, wanted))
