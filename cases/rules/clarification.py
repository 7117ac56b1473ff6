"""Which step with a P3MI may come next (Permen/Badan P2MI 23/2025 art. 18, as the domain brief 1.3 and 1.4 tell it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cases.vocabulary import ClarificationKind, PromiseResult

FIRST, SECOND = ClarificationKind.FIRST, ClarificationKind.SECOND
MEDIATION, SANCTION = ClarificationKind.MEDIATION, ClarificationKind.SANCTION
# At these the P3MI says whether it admits the breach; a form is made of both.
CLARIFICATIONS = frozenset({FIRST, SECOND})


@dataclass(frozen=True, slots=True)
class HeldStep:
    """What of a step decides the next one. `admits` None: nobody came, or nothing was asked."""

    kind: ClarificationKind
    admits: bool | None = None
    promised: bool = False
    result: PromiseResult | None = None

    @property
    def is_pending(self) -> bool:
        """True while a promise is neither kept nor broken."""
        return self.promised and self.result is None


# After a step that settled nothing. A P3MI that admitted the breach in the second clarification and did not do what it
# promised is proposed for a sanction without mediation.
_NEXT = {FIRST: SECOND, SECOND: MEDIATION, MEDIATION: SANCTION}


def next_kind(steps: Sequence[HeldStep]) -> ClarificationKind | None:
    """The step that may come next, from those held so far in their order; None while a promise runs, when one was kept,
    and when a sanction was proposed. Where two cases became one, the furthest step counts."""
    if not steps:
        return FIRST
    if any(step.is_pending for step in steps):
        return None
    order = list(ClarificationKind)
    furthest = max(range(len(steps)), key=lambda place: (order.index(steps[place].kind), place))
    last = steps[furthest]
    if last.kind is SANCTION or last.result is PromiseResult.KEPT:
        return None
    if last.kind is SECOND and last.admits and last.result is PromiseResult.BROKEN:
        return SANCTION
    return _NEXT[last.kind]
