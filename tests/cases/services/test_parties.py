"""Reporter and victim apart, and what the reporter may be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cast import AMINA
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import ContactForbidden, Invalid, NotFound, WrongState
from cases.models import Case, ContactPlan, Event, Identifier, Party
from cases.services.parties import (
    add_party,
    change_party,
    disclosure_to_reporter,
    end_party,
    parties_of,
)
from cases.services.replies import reply_to_reporter
from cases.vocabulary import (
    Actor,
    Authority,
    ContactPermission,
    Disclosure,
    EventKind,
    PartyRole,
    Relation,
    Reporter,
    Role,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SISTER = "+966000000777"


@pytest.fixture
def by(acting: Callable[[Role], Actor]) -> Actor:
    return acting(Role.OFFICER)


@pytest.fixture
def case(opened_case: Callable[..., Case], session: Session) -> Case:
    found = opened_case("halo")
    return session.get_one(Case, found.id)


def test_who_writes_for_another_may_not_be_told_until_she_names_them(
    case: Case, by: Actor, session: Session
) -> None:
    assert disclosure_to_reporter(session, case) is Disclosure.STATUS
    proxy = add_party(
        session, case, PartyRole.PROXY, is_reporter=True, relation=Relation.FAMILY, by=by, now=NOW
    )
    assert case.reporter_role is Reporter.THIRD_PERSON
    assert disclosure_to_reporter(session, case) is Disclosure.NOTHING
    with pytest.raises(ContactForbidden) as refused:
        reply_to_reporter(session, case, "dia baik-baik saja", by=by, now=NOW)
    assert refused.value.facts["reason"] == "not_for_proxy"
    reply_to_reporter(session, case, "siapa namanya?", tells_nothing=True, by=by, now=NOW)

    change_party(session, case, proxy.id, {"named_by_worker": True}, by=by, now=NOW)
    assert disclosure_to_reporter(session, case) is Disclosure.STATUS
    reply_to_reporter(session, case, "dia baik-baik saja", by=by, now=NOW)


def test_her_plan_takes_it_back(case: Case, by: Actor, session: Session) -> None:
    add_party(
        session, case, PartyRole.PROXY, is_reporter=True, relation=Relation.FAMILY, named_by_worker=True,
        by=by, now=NOW,
    )  # fmt: skip
    victim = add_party(session, case, PartyRole.VICTIM, name="Kakak", reach=SISTER, by=by, now=NOW)
    assert disclosure_to_reporter(session, case) is Disclosure.STATUS
    unknown = ContactPermission.UNKNOWN
    session.add(
        ContactPlan(
            person_id=victim.person_id, reply=unknown, call=unknown, family=ContactPermission.FORBIDDEN,
            signs=[], updated_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    assert disclosure_to_reporter(session, case) is Disclosure.NOTHING


def test_a_machine_that_reads_another_stays_on_the_safe_side(case: Case, by: Actor, session: Session) -> None:
    case.reporter_role = Reporter.THIRD_PERSON
    assert disclosure_to_reporter(session, case) is Disclosure.NOTHING
    add_party(session, case, PartyRole.VICTIM, is_reporter=True, by=by, now=NOW)
    assert case.reporter_role is Reporter.SELF
    assert disclosure_to_reporter(session, case) is Disclosure.STATUS


def test_a_known_number_names_its_person_and_an_unknown_one_a_new_person(
    case: Case, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    other = opened_case("tolong", sender=SISTER)
    known = add_party(session, case, PartyRole.VICTIM, reach=SISTER, by=by, now=NOW)
    assert known.person_id == other.reporter_id
    new = add_party(session, case, PartyRole.WITNESS, name="Tetangga", reach="+966000000778", by=by, now=NOW)
    identifier = session.scalars(select(Identifier).where(Identifier.person_id == new.person_id)).one()
    assert (identifier.value, new.person.name) == ("+966000000778", "Tetangga")
    with pytest.raises(WrongState):
        add_party(session, case, PartyRole.VICTIM, reach=SISTER, by=by, now=NOW)


@pytest.mark.parametrize(
    ("role", "given", "field"),
    [
        (PartyRole.VICTIM, {}, "party_name"),
        (PartyRole.PROXY, {"is_reporter": True}, "relation"),
        (PartyRole.EMPLOYER, {"name": "x" * 201}, "party_name"),
        (PartyRole.EMPLOYER, {"reach": "bukan nomor"}, "identifier"),
        (PartyRole.EMPLOYER, {"name": "a\x00"}, "party_name"),
    ],
)
def test_what_is_missing_is_named(
    role: PartyRole, given: dict[str, Any], field: str, case: Case, by: Actor, session: Session
) -> None:
    with pytest.raises(Invalid) as refused:
        add_party(session, case, role, **given, by=by, now=NOW)
    assert refused.value.facts["field"] == field


def test_a_part_ends_once_and_the_log_holds_no_name(case: Case, by: Actor, session: Session) -> None:
    party = add_party(session, case, PartyRole.EMPLOYER, name="Tuan Rahasia", by=by, now=NOW)
    change_party(session, case, party.id, {"note": "galak", "authority": Authority.NONE}, by=by, now=NOW)
    end_party(session, case, party.id, by=by, now=NOW)
    end_party(session, case, party.id, by=by, now=NOW)
    assert parties_of(session, case) == []
    with pytest.raises(NotFound):
        change_party(session, case, party.id, {"note": "x"}, by=by, now=NOW)
    session.flush()
    kinds = [EventKind.PARTY_ADDED, EventKind.PARTY_CHANGED, EventKind.PARTY_ENDED]
    events = session.scalars(select(Event).where(Event.case_id == case.id, Event.kind.in_(kinds))).all()
    assert [event.kind for event in events] == kinds
    assert "Rahasia" not in str([event.data for event in events])


def test_nobody_elses_party_is_touched(
    case: Case, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    other = session.get_one(Case, opened_case("tolong", sender=SISTER).id)
    party = add_party(session, other, PartyRole.WITNESS, name="Saksi", by=by, now=NOW)
    with pytest.raises(NotFound):
        end_party(session, case, party.id, by=by, now=NOW)
    assert session.get_one(Party, party.id).ended_at is None
    assert AMINA != SISTER
