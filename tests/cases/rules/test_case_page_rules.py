"""Mentions, consent, field history and the filters of the timeline."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.consent import Said, consent_holds
from cases.rules.history import Line, field_history
from cases.rules.mentions import mentioned
from cases.rules.timeline import TimelineGroup, group_of
from cases.vocabulary import ConsentPurpose, EventKind

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HELP, COURT = ConsentPurpose.ASSISTANCE, ConsentPurpose.LEGAL_ACTION


def test_the_longer_of_two_names_is_meant_and_nobody_twice() -> None:
    names = {1: "Berta", 2: "Berta Dua", 3: "Dana"}
    assert mentioned("@berta dua tolong cek, juga @Dana dan @dana", names) == [2, 3]
    assert mentioned("surel berta@contoh.example", {1: "Berta"}) == []
    assert mentioned("@", names) == []


def test_the_last_word_holds_for_one_agency_and_for_all() -> None:
    one, other = uuid4(), uuid4()
    ledger = [Said(one, HELP, given=True)]
    assert consent_holds(ledger, one, HELP) is True
    assert consent_holds(ledger, other, HELP) is None
    assert consent_holds(ledger, one, COURT) is None
    ledger.append(Said(None, HELP, given=False))
    assert consent_holds(ledger, one, HELP) is False
    ledger.append(Said(other, HELP, given=True))
    assert consent_holds(ledger, other, HELP) is True
    assert consent_holds(ledger, one, HELP) is False


@given(lines=st.lists(st.booleans(), min_size=1))
def test_whoever_took_back_last_is_heeded(lines: list[bool]) -> None:
    agency = uuid4()
    assert consent_holds([Said(agency, HELP, given=one) for one in lines], agency, HELP) is lines[-1]


def test_a_field_tells_who_when_from_what_and_why() -> None:
    lines = [
        Line(EventKind.URGENCY_CHANGED, NOW, "Berta", {"from": "U3", "to": "U1", "reason": "dipukul"}),
        Line(EventKind.ASSIGNED, NOW, "Berta", {"to": "a"}),
        Line(EventKind.ASSIGNED, NOW, "Dana", {"to": "b"}),
        Line(EventKind.CONTACT_PLAN_CHANGED, NOW, "Dana", {"reply": "allowed", "changed": "reply,readers"}),
        Line(EventKind.READ, NOW, "Eli", {}),
    ]
    history = field_history(lines)
    assert set(history) == {"urgency", "owner", "plan_reply", "plan_readers"}
    (level,) = history["urgency"]
    assert (level.before, level.after, level.who, level.why) == ("U3", "U1", "Berta", "dipukul")
    assert [change.before for change in history["owner"]] == [None, "a"]
    assert history["plan_readers"][0].after is None


@given(kind=st.sampled_from(EventKind))
def test_every_line_is_under_one_filter(kind: EventKind) -> None:
    assert group_of(kind) in TimelineGroup
