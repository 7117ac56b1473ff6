"""Who waits for whom in a case, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.vocabulary import Direction, MessageKind, WaitingFor

# A machine's answer keeps nobody from waiting for a human.
ANSWERS = frozenset({MessageKind.REPLY, MessageKind.NEUTRAL_REPLY, MessageKind.QUESTION})


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation, without its words."""

    direction: Direction
    kind: MessageKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose turn it is, and since when; `or_longer`: what was looked at does not reach back to the beginning."""

    turn: WaitingFor
    since: datetime
    or_longer: bool = False


def waiting(
    newest_first: Sequence[Said], *, opened_at: datetime, referred_at: datetime | None, cut_off: bool = False
) -> Waiting:
    """The reporter's oldest message behind the last answer of a human comes first; then a referral without an answer;
    then the reporter's own turn. `cut_off`: there are older messages than those given."""
    unanswered: datetime | None = None
    answered: datetime | None = None
    for one in newest_first:
        if one.direction is Direction.IN:
            unanswered = one.at
        elif one.kind in ANSWERS:
            answered = one.at
            break
    if unanswered is not None:
        return Waiting(WaitingFor.US, unanswered, or_longer=cut_off and answered is None)
    if referred_at is not None:
        return Waiting(WaitingFor.AGENCY, referred_at)
    if answered is not None:
        return Waiting(WaitingFor.REPORTER, answered)
    return Waiting(WaitingFor.US, opened_at)
