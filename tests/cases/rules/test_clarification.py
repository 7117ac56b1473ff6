"""Which step with a P3MI may come next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.clarification import HeldStep, next_kind
from cases.vocabulary import ClarificationKind, PromiseResult

FIRST, SECOND, MEDIATION, SANCTION = ClarificationKind
KEPT, BROKEN = PromiseResult.KEPT, PromiseResult.BROKEN


def test_the_path_as_the_regulation_tells_it() -> None:
    first = HeldStep(FIRST, True, True, BROKEN)
    assert next_kind([]) is FIRST
    assert next_kind([first]) is SECOND
    assert next_kind([HeldStep(FIRST)]) is SECOND
    assert next_kind([first, HeldStep(SECOND, False)]) is MEDIATION
    assert next_kind([first, HeldStep(SECOND, True, True, BROKEN)]) is SANCTION
    assert next_kind([first, HeldStep(SECOND, False, True, BROKEN)]) is MEDIATION
    assert next_kind([first, HeldStep(SECOND, False), HeldStep(MEDIATION, None, True, BROKEN)]) is SANCTION
    assert next_kind([first, HeldStep(SECOND, False), HeldStep(MEDIATION), HeldStep(SANCTION)]) is None


STEPS = st.builds(
    HeldStep,
    st.sampled_from(list(ClarificationKind)),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.sampled_from([None, KEPT, BROKEN]),
)


@given(st.lists(STEPS, max_size=6))
def test_nothing_goes_on_while_a_promise_runs_and_no_step_goes_back(steps: list[HeldStep]) -> None:
    following = next_kind(steps)
    order = list(ClarificationKind)

    if any(step.is_pending for step in steps):
        assert following is None
    if following is not None and steps:
        assert order.index(following) > max(order.index(step.kind) for step in steps)
