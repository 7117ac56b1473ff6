"""One person who turns out to be two, and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound, WrongState
from cases.models import Case, ContactPlan, Identifier, Message, Party, Person
from cases.services.identifiers import add_identifier, end_identifier
from cases.services.merge_persons import merge_persons
from cases.services.parties import add_party
from cases.services.split_person import split_person
from cases.vocabulary import Actor, ContactPermission, PartyRole, PhoneHolder, Role

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
A, B = "+966000000301", "+966000000302"


@pytest.fixture
def by(acting: Callable[[Role], Actor]) -> Actor:
    return acting(Role.OFFICER)


@pytest.fixture
def person(opened_case: Callable[..., Case], by: Actor, session: Session) -> Person:
    """A person with two numbers."""
    found = session.get_one(Person, opened_case("halo", sender=A).reporter_id)
    add_identifier(session, found, B, by=by, now=NOW)
    session.commit()
    return found


def number(session: Session, value: str) -> Identifier:
    current = session.scalars(select(Identifier).where(Identifier.ended_at.is_(None))).all()
    return next(one for one in current if one.value == value)


def test_the_other_number_writes_a_case_of_its_own_afterwards(
    person: Person, by: Actor, session: Session, post_message: Callable[..., Any]
) -> None:
    post_message("ini nomor lain", sender=B)
    session.expire_all()
    (case,) = session.scalars(select(Case)).all()

    other = split_person(session, person.id, identifiers=[number(session, B).id], cases=[], by=by, now=NOW)
    session.commit()
    assert number(session, B).person_id == other.id
    assert session.get_one(Case, case.id).reporter_id == person.id
    assert len(session.scalars(select(Message).where(Message.case_id == case.id)).all()) == 2

    post_message("tolong saya", sender=B)
    session.expire_all()
    cases = session.scalars(select(Case).order_by(Case.opened_at)).all()
    assert [one.reporter_id for one in cases] == [person.id, other.id]


def test_merging_again_undoes_it(
    person: Person, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    case = session.scalars(select(Case)).one()
    add_party(session, case, PartyRole.VICTIM, is_reporter=True, by=by, now=NOW)
    other = split_person(
        session, person.id, identifiers=[number(session, B).id], cases=[case.id], by=by, now=NOW
    )
    session.commit()
    assert session.get_one(Case, case.id).reporter_id == other.id
    assert session.scalars(select(Party.person_id)).all() == [other.id]

    merge_persons(session, person.id, other.id, by=by, now=NOW)
    session.commit()
    assert {one.person_id for one in session.scalars(select(Identifier))} == {person.id}
    assert session.get_one(Case, case.id).reporter_id == person.id
    assert session.scalars(select(Party.person_id)).all() == [person.id]


def test_what_one_allowed_the_other_has_not(person: Person, by: Actor, session: Session) -> None:
    session.add(
        ContactPlan(
            person_id=person.id, holder=PhoneHolder.SELF, reply=ContactPermission.ALLOWED,
            call=ContactPermission.FORBIDDEN, signs=["do_not_call"], safe_word="mangga", updated_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    other = split_person(session, person.id, identifiers=[number(session, B).id], cases=[], by=by, now=NOW)
    plan = session.get_one(ContactPlan, other.id)
    assert (plan.reply, plan.call) == (ContactPermission.UNKNOWN, ContactPermission.FORBIDDEN)
    assert (plan.signs, plan.safe_word, plan.holder) == (["do_not_call"], None, PhoneHolder.UNKNOWN)


def test_nothing_everything_and_what_is_anothers_are_refused(
    person: Person, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    stranger = opened_case("tolong", sender="+966000000999")
    mine = [number(session, A).id, number(session, B).id]
    theirs = number(session, "+966000000999").id
    for wanted, cases, error in (
        ([], [], Invalid),
        (mine, [], Invalid),
        ([theirs], [], NotFound),
        ([mine[0]], [stranger.id], NotFound),
    ):
        with pytest.raises(error):
            split_person(session, person.id, identifiers=wanted, cases=cases, by=by, now=NOW)
        session.rollback()


def test_a_number_is_one_persons_at_a_time(
    person: Person, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    stranger = session.get_one(Person, opened_case("tolong", sender="+966000000999").reporter_id)
    with pytest.raises(WrongState) as refused:
        add_identifier(session, stranger, A, by=by, now=NOW)
    assert refused.value.facts["holder"] == person.designation
    end_identifier(session, person, number(session, A).id, by=by, now=NOW)
    add_identifier(session, stranger, A, by=by, now=NOW)
    session.commit()
    assert number(session, A).person_id == stranger.id
    with pytest.raises(Invalid):
        add_identifier(session, stranger, "siapa", by=by, now=NOW)


def test_usernames_are_nobodys_alone(
    person: Person, by: Actor, session: Session, opened_case: Callable[..., Case]
) -> None:
    stranger = session.get_one(Person, opened_case("tolong", sender="+966000000999").reporter_id)
    add_identifier(session, person, "@sari", by=by, now=NOW)
    add_identifier(session, stranger, "@sari", by=by, now=NOW)
    session.commit()
