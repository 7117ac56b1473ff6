"""Hints at the same matter, from real rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cases.models import Case
from cases.queries.duplicates import Duplicate, duplicates_of
from cases.queries.find_case import locked_case
from cases.services.duplicates import say_not_the_same
from cases.services.parties import add_party, parties_of
from cases.vocabulary import CaseStatus, HintKind, PartyRole, Role

Opened = Callable[..., Case]


def look(session: Session, case: Case, by: Any, *, now: datetime | None = None) -> list[Duplicate]:
    session.expire_all()
    parties = parties_of(session, case)
    return duplicates_of(session, case, parties, by=by, now=now or datetime.now(UTC))


def test_it_names_the_employer_the_words_and_nobody_else(
    opened_case: Opened, acting: Any, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    first = opened_case("selamat siang mau tanya", sender="+966000000311")
    second = opened_case("halo apa kabar", sender="+966000000312")
    third = opened_case("kapan jam buka", sender="+966000000313")
    for case, name in ((first, "PT. Contoh Jaya"), (second, "contoh jaya"), (third, "Lain Sekali")):
        add_party(session, case, PartyRole.EMPLOYER, name=name, by=by, now=now)
    session.commit()

    found = look(session, first, by)

    assert [one.case.id for one in found] == [second.id]
    (hint,) = found[0].hints
    assert (hint.kind, hint.detail) == (HintKind.SAME_EMPLOYER, "PT. Contoh Jaya")


def test_near_words_and_the_same_person_are_found(opened_case: Opened, acting: Any, session: Session) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    one = opened_case(
        "tolong adik saya disekap majikan di Riyadh tidak dikasih makan", sender="+966000000311"
    )
    other = opened_case("tolong adikku disekap majikan di riyadh ga dikasih makan", sender="+966000000312")
    add_party(session, other, PartyRole.WITNESS, reach="+966000000311", by=by, now=now)
    session.commit()

    found = look(session, one, by)

    assert [duplicate.case.id for duplicate in found] == [other.id]
    assert {hint.kind for hint in found[0].hints} >= {HintKind.SAME_PERSON, HintKind.NEAR_WORDS}


def test_what_was_looked_at_is_remembered_on_both_pages(
    opened_case: Opened, acting: Any, session: Session
) -> None:
    by, now = acting(Role.OFFICER), datetime.now(UTC)
    words = "tolong adik saya disekap majikan di Riyadh tidak dikasih makan"
    one, other = opened_case(words, sender="+966000000311"), opened_case(words, sender="+966000000312")
    assert len(look(session, one, by)) == 1
    for _ in range(2):
        say_not_the_same(session, locked_case(session, one.id), other, by=by, now=now)
    session.commit()
    assert look(session, one, by) == []
    assert look(session, other, by) == []


def test_an_old_case_is_not_looked_for(opened_case: Opened, acting: Any, session: Session) -> None:
    by = acting(Role.OFFICER)
    case = opened_case("tolong adik saya disekap majikan di Riyadh")
    case.status = CaseStatus.OPEN
    session.commit()
    assert look(session, case, by, now=datetime.now(UTC) + timedelta(days=9)) == []


def test_eli_is_told_nothing(opened_case: Opened, acting: Any, session: Session) -> None:
    words = "tolong adik saya disekap majikan di Riyadh tidak dikasih makan"
    one = opened_case(words, sender="+966000000311")
    opened_case(words, sender="+966000000312")
    assert look(session, one, acting(Role.ADMIN)) == []
