"""What every classifier must keep, and that urgency only rises."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.triage import Classifier, Evidence, Triage, raised, triage
from cases.vocabulary import Category, Reporter, Urgency


def test_a_judgement_matches_its_gravest_evidence():
    beaten = evidence(urgency=Urgency.U1)
    classifier = Answering(judgement(urgency=Urgency.U3, evidence=(beaten,)))

    assert triage("…", classifier).urgency is Urgency.U1


def test_denied_evidence_raises_nothing():
    denied = evidence(urgency=Urgency.U1, negated=True)
    classifier = Answering(judgement(urgency=Urgency.U4, evidence=(denied,)))

    assert triage("…", classifier).urgency is Urgency.U4


def test_a_graver_judgement_is_left_alone():
    mild = evidence(urgency=Urgency.U3)
    classifier = Answering(judgement(urgency=Urgency.U1, evidence=(mild,)))

    assert triage("…", classifier).urgency is Urgency.U1


def test_no_category_means_a_question():
    classifier = Answering(judgement(categories=()))

    assert triage("…", classifier).categories == (Category.INFO,)


@pytest.mark.parametrize(
    ("current", "found", "after"),
    [
        (Urgency.U3, Urgency.U1, Urgency.U1),
        (Urgency.U1, Urgency.U4, Urgency.U1),
        (Urgency.U2, Urgency.U2, Urgency.U2),
    ],
)
def test_a_case_rises_and_never_falls(current: Urgency, found: Urgency, after: Urgency):
    assert raised(current, found) is after


@given(st.sampled_from(Urgency), st.sampled_from(Urgency))
def test_raising_never_yields_less_than_either(current: Urgency, found: Urgency):
    after = raised(current, found)

    assert not current.is_above(after)
    assert not found.is_above(after)


@dataclass(frozen=True)
class Answering:
    """A classifier that always gives the same answer."""

    answer: Triage
    version: str = "answering-1"

    def judge(self, text: str, *, country: str | None = None) -> Triage:
        return replace(self.answer, classifier=self.version)


_: Classifier = Answering(
    Triage(Urgency.U4, (Category.INFO,), "und", (), frozenset(), Reporter.UNKNOWN, (), "")
)


def evidence(*, urgency: Urgency, negated: bool = False) -> Evidence:
    return Evidence("dipukul", 0, 1, Category.KEKERASAN_FISIK, urgency, negated)


def judgement(
    *,
    urgency: Urgency = Urgency.U4,
    categories: tuple[Category, ...] = (Category.INFO,),
    evidence: tuple[Evidence, ...] = (),
) -> Triage:
    return Triage(urgency, categories, "id", evidence, frozenset(), Reporter.UNKNOWN, (), "")
